import { readInt32, readInt64, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * One second of the timer wheel: the chain of units in the timer log that wait for it. The file `timerwheel` has 1 209 600 slots (14 days) of 32 bytes; the second s since
 * the epoch has slot s mod 1 209 600, which counts only when it names s. All integers big-endian.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 8 | the second |
 * | 8 | 8 | position of the first unit in the timer log |
 * | 16 | 8 | position of the last unit, from which the chain goes back; −1 for none |
 * | 24 | 4 | units, less those that take a message back |
 * | 28 | 4 | 0 |
 */
export interface TimerSlot {
  readonly second: number
  readonly first: number
  readonly last: number
  readonly count: number
}

export const timerSlotBytes = 32
export const timerWheelSlots = 1_209_600
export const timerWheelBytes = timerWheelSlots * timerSlotBytes

export function writeTimerSlot(into: Buffer, at: number, slot: TimerSlot): void {
  writeInt64(into, at, slot.second)
  writeInt64(into, at + 8, slot.first)
  writeInt64(into, at + 16, slot.last)
  writeInt32(into, at + 24, slot.count)
  writeInt32(into, at + 28, 0)
}

export function readTimerSlot(bytes: Buffer, at: number): TimerSlot {
  return {
    second: readInt64(bytes, at),
    first: readInt64(bytes, at + 8),
    last: readInt64(bytes, at + 16),
    count: readInt32(bytes, at + 24),
  }
}

export const timerSlotSecond = (bytes: Buffer, at: number): number => readInt64(bytes, at)
export const timerSlotCount = (bytes: Buffer, at: number): number => readInt32(bytes, at + 24)
export const timerSlotLast = (bytes: Buffer, at: number): number => readInt64(bytes, at + 16)
