import { decodeRecord, systemTopics } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { type TimerStore, type TimerUnit, timerBits } from '@cometmq/store/timer'
import type { OpenSeconds } from './open-seconds.ts'

export interface Leaving {
  store: MessageStore
  timers: TimerStore
  seconds: OpenSeconds
  nowMs: number
  /** Messages of the queue before it are noted. */
  queueOffset: number
  /** All that is in memory and not delivered. */
  units: Iterable<{ unit: TimerUnit; second: number }>
  /** Seconds may have deliveries from before the broker was started. */
  hasEarlier: boolean
}

/**
 * Lets only what is not delivered wait for the seconds that are being delivered, so that an Apache broker, which cannot tell, does not deliver the rest again. It goes on in the queue behind the
 * message of the last unit in the timer log: the last one that was noted stands there once more, for a time that is past.
 */
export async function leaveForOthers(leaving: Leaving): Promise<void> {
  const { store, timers, seconds, nowMs, queueOffset, units, hasEarlier } = leaving
  const left = new Map<number, TimerUnit[]>()
  for (const [second, { deliveredFrom, recalls, isLoading }] of seconds.entries()) {
    // Of one that is not loaded to the end it is not known what is left.
    if (!isLoading && (deliveredFrom !== undefined || hasEarlier)) left.set(second, [...recalls])
  }
  if (left.size === 0) return
  for (const { unit, second } of units) {
    // Its own second, also when it is due a moment later.
    const dueMs = Math.min(unit.dueMs, second * 1_000 + 999)
    left.get(second)?.push({ ...unit, dueMs, writtenMs: Math.min(unit.writtenMs, dueMs) })
  }
  for (const [second, ofSecond] of left) {
    ofSecond.sort((a, b) => a.physicalOffset - b.physicalOffset)
    timers.replace(second, ofSecond)
  }
  seconds.advance(Math.floor(nowMs / 1_000) + 1)
  const request = { topic: systemTopics.TIMER_WHEEL, queueId: 0, offset: queueOffset - 1, maxMessages: 1 }
  const [record] = (await store.get(request)).records
  if (record === undefined) return
  const { physicalOffset, size } = decodeRecord(record, 0)
  const past = (seconds.read - 1) * 1_000
  const mark = { bits: timerBits.ALWAYS, writtenMs: past, dueMs: past, physicalOffset, size, topicHash: 0 }
  timers.add(seconds.read - 1, mark)
}
