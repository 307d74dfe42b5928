import { readInt32, readInt64, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * One entry of the timer log: a message that waits. All integers big-endian.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 4 | 52, the size of the unit |
 * | 4 | 8 | position of the unit before it that waits for the same second; −1 for none |
 * | 12 | 4 | bits: 1 always, 2 to be appended again to the queue of timers, 4 takes another message back |
 * | 16 | 8 | when the unit was written, ms |
 * | 24 | 4 | from then until it is due, ms |
 * | 28 | 8 | offset of the record in the commit log |
 * | 36 | 4 | size of the record |
 * | 40 | 4 | Java hash of the topic that the message belongs to |
 * | 44 | 8 | 0 |
 *
 * Where a file has no room for a unit and a filler (16 bytes), a filler ends it: int32 the bytes that are left, int64 0, int32 0xCBD43194. Source: TimerLog of
 * Apache RocketMQ.
 */
export interface TimerUnit {
  readonly bits: number
  readonly writtenMs: number
  readonly dueMs: number
  readonly physicalOffset: number
  readonly size: number
  readonly topicHash: number
}

export const timerUnitBytes = 52
export const timerFillerBytes = 16
export const timerBits = { ALWAYS: 1, ROLL: 2, DELETE: 4 } as const
const fillerMagic = 0xcbd43194 | 0
const knownBits = 15

export function writeTimerUnit(into: Buffer, at: number, unit: TimerUnit, previous: number): void {
  writeInt32(into, at, timerUnitBytes)
  writeInt64(into, at + 4, previous)
  writeInt32(into, at + 12, unit.bits | timerBits.ALWAYS)
  writeInt64(into, at + 16, unit.writtenMs)
  writeInt32(into, at + 24, unit.dueMs - unit.writtenMs)
  writeInt64(into, at + 28, unit.physicalOffset)
  writeInt32(into, at + 36, unit.size)
  writeInt32(into, at + 40, unit.topicHash)
  writeInt64(into, at + 44, 0)
}

export function readTimerUnit(bytes: Buffer, at: number): TimerUnit {
  const writtenMs = readInt64(bytes, at + 16)
  return {
    bits: readInt32(bytes, at + 12),
    writtenMs,
    dueMs: writtenMs + readInt32(bytes, at + 24),
    physicalOffset: readInt64(bytes, at + 28),
    size: readInt32(bytes, at + 36),
    topicHash: readInt32(bytes, at + 40),
  }
}

export const previousTimerUnit = (bytes: Buffer, at: number): number => readInt64(bytes, at + 4)

/** Whether a unit stands at `at`, as far as can be seen: it has no checksum. */
export function isTimerUnit(bytes: Buffer, at: number): boolean {
  if (at + timerUnitBytes > bytes.length || readInt32(bytes, at) !== timerUnitBytes) return false
  return readInt32(bytes, at + 12) !== 0 && (readInt32(bytes, at + 12) | knownBits) === knownBits
}

export function writeTimerFiller(into: Buffer, at: number, left: number): void {
  writeInt32(into, at, left)
  writeInt64(into, at + 4, 0)
  writeInt32(into, at + 12, fillerMagic)
}

export const isTimerFiller = (bytes: Buffer, at: number): boolean =>
  at + timerFillerBytes <= bytes.length && readInt32(bytes, at + 12) === fillerMagic
