import { propertyNames, propertyOf, type StoredMessage, systemTopics, withProperties } from '@cometmq/protocol/message'
import type { MessageToStore } from '@cometmq/store'
import type { TimerUnit } from '@cometmq/store/timer'
import { targetOf } from '../transactions/half-message.ts'

/** The message that consumers see. It names the record that it was, by which a restart knows that it is delivered. `undefined` when it does not say where it belongs. */
export function delivered(waiting: StoredMessage, unit: TimerUnit, nowMs: number): MessageToStore | undefined {
  const target = targetOf(waiting.properties)
  if (target === undefined) return undefined
  const properties = withProperties(waiting.properties, {
    [propertyNames.TIMER_ENQUEUE_MS]: String(unit.writtenMs),
    [propertyNames.TIMER_DEQUEUE_MS]: String(nowMs),
  })
  return { ...copyOf(waiting), ...target, properties }
}

/** A message that goes on waiting, at the end of the queue of timers, so that the log keeps it. */
export function rolled(waiting: StoredMessage, nowMs: number): MessageToStore {
  const times = Number(propertyOf(waiting.properties, propertyNames.TIMER_ROLL_TIMES) ?? 0)
  const properties = withProperties(waiting.properties, {
    [propertyNames.TIMER_ROLL_TIMES]: String(times + 1),
    [propertyNames.TIMER_DEQUEUE_MS]: String(nowMs),
  })
  return { ...copyOf(waiting), topic: systemTopics.TIMER_WHEEL, queueId: 0, properties }
}

function copyOf(waiting: StoredMessage): MessageToStore {
  const { topic, queueId, properties, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, body } = waiting
  return {
    ...{ topic, queueId, properties, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, body },
    preparedTransactionOffset: waiting.physicalOffset,
    // The checkpoint sees to it that it is durable.
    waitStored: false,
  }
}
