import { decodeRecord, propertyNames, propertyOf, recordLayout, type StoredMessage } from '@cometmq/protocol/message'
import { type TimerUnit, timerBits } from '@cometmq/store/timer'
import { apachePrecisionMs, exactDueOf } from './timer-properties.ts'

/** Whether the bytes are a record: a damaged one must not hold up the others. */
export const isWholeRecord = (record: Buffer): boolean => typeof recordLayout(record, 0, record.length) !== 'string'

/** The message that a record has; `undefined` when the bytes are no record. */
export function waitingMessage(record: Buffer): StoredMessage | undefined {
  return isWholeRecord(record) ? decodeRecord(record, 0) : undefined
}

/** When the message is due, by its unit and its properties; see `exactDueOf`. */
export function dueOfMessage({ bits, dueMs }: TimerUnit, { properties, storeTimestamp }: StoredMessage): number {
  if ((bits & timerBits.ROLL) !== 0) return dueMs
  return exactDueOf(properties, storeTimestamp, Number(propertyOf(properties, propertyNames.TIMER_OUT_MS)))
}

/** The same of a record, which is decoded only where it can make a difference. */
export function dueOfRecord(unit: TimerUnit, record: Buffer): number {
  if (unit.dueMs % apachePrecisionMs !== 0) return unit.dueMs
  const message = waitingMessage(record)
  return message === undefined ? unit.dueMs : dueOfMessage(unit, message)
}
