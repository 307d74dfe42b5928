import type { Address, Clock } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { type RecallMessageRequest, recallMessage } from '@cometmq/protocol/commands'
import { permission, propertyNames, withProperties } from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore, MessageToStore } from '@cometmq/store'
import type { PropertyMarker } from '../messaging/message-properties.ts'
import { refusalOf } from '../messaging/refusals.ts'
import type { BrokerOptions } from '../options.ts'
import { decodeRecallHandle, type RecallHandle } from '../timer/recall-handle.ts'
import { waiting } from '../timer/timer-properties.ts'
import type { TopicTable } from '../topics/topic-table.ts'

export interface RecallDeps {
  store: MessageStore
  topics: TopicTable
  marker: PropertyMarker
  options: BrokerOptions
  clock: Clock
}

/** By which other brokers know it. */
const recallTag = '_RECALL_TAG_'

/**
 * RECALL_MESSAGE: takes back a message that waits for a time of its own. A message to the same second says so, which outlives a restart. Whether the other one is there is not
 * looked up: its handle says which it is. Source: RecallMessageProcessor of Apache RocketMQ.
 */
export const recall = handle(recallMessage, (deps: RecallDeps) => async (request, _body, context) => {
  refuseWhenOff(deps, request)
  const handleOf = decodeRecallHandle(request.recallHandle)
  if (handleOf === undefined) throw illegal('recall handle is invalid')
  const dueMs = dueOf(deps, request, handleOf)
  const message = takingBack(handleOf, dueMs, deps, context.peer.remote)
  try {
    await deps.store.put(message)
  } catch (error) {
    throw refusalOf(error)
  }
  return { fields: { msgId: handleOf.uniqKey, regionId: deps.options.region } }
})

function refuseWhenOff({ options, topics }: RecallDeps, { topic }: RecallMessageRequest): void {
  if (!options.recall)
    throw new Refusal(
      responseCode.NO_PERMISSION,
      'recall failed, operation is forbidden: recallMessageEnable of the broker is off',
    )
  if (!options.timers)
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      'recall failed, accurate timer message is not enabled, timerWheelEnable is false',
    )
  if ((options.permission & permission.WRITE) === 0)
    throw new Refusal(
      responseCode.SERVICE_NOT_AVAILABLE,
      `recall failed, broker service not available: its brokerPermission is ${options.permission}, without 2 (write)`,
    )
  if (topics.get(topic) === undefined)
    throw new Refusal(responseCode.TOPIC_NOT_EXIST, `recall failed, the topic[${topic}] not exist`)
}

function dueOf({ options, clock }: RecallDeps, { topic }: RecallMessageRequest, handleOf: RecallHandle): number {
  if (handleOf.topic !== topic)
    throw illegal(`recall failed, topic not match: the handle is of ${handleOf.topic}, and the request of ${topic}`)
  if (handleOf.brokerName !== options.brokerName)
    throw illegal(
      `recall failed, broker service not available: the handle is of ${handleOf.brokerName}, and this is ${options.brokerName}`,
    )
  const dueMs = Number(handleOf.timestamp) - 1
  const waitMs = dueMs - clock.now()
  if (!/^\d+$/.test(handleOf.timestamp) || waitMs <= 0 || waitMs + 1 >= options.timerMaxDelaySec * 1_000)
    throw illegal(
      `recall failed, timestamp invalid: ${handleOf.timestamp} is not a time within the next ${options.timerMaxDelaySec} s; what is due is delivered`,
    )
  return dueMs
}

function takingBack(
  { topic, timestamp, uniqKey }: RecallHandle,
  dueMs: number,
  { marker, clock }: RecallDeps,
  bornHost: Address,
): MessageToStore {
  const properties = withProperties('', {
    [propertyNames.TAGS]: recallTag,
    [propertyNames.TIMER_DELIVER_MS]: timestamp,
    [propertyNames.TIMER_DEL_UNIQKEY]: uniqKey,
  })
  const message = {
    ...{ topic, queueId: 0, flag: 0, sysFlag: 0, bornTimestamp: clock.now(), bornHost, reconsumeTimes: 0 },
    preparedTransactionOffset: 0,
    properties: marker.mark(properties).properties,
    body: Buffer.from('0'),
    waitStored: true,
  }
  return waiting(message, dueMs)
}

const illegal = (remark: string) => new Refusal(responseCode.ILLEGAL_OPERATION, remark)
