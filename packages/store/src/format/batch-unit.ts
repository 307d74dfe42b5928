import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * One entry of a batch consume queue: a record of one or many messages. All integers big-endian.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 8 | offset of the record in the commit log |
 * | 8 | 4 | size of the record |
 * | 12 | 8 | tags code |
 * | 20 | 8 | store time |
 * | 28 | 8 | queue offset of the first message |
 * | 36 | 2 | number of messages |
 * | 38 | 4 | −1, for compaction |
 * | 42 | 4 | 0 |
 *
 * Units lie one after the other, wherever their messages are in the queue. A unit of zeros was never written.
 */
export interface BatchUnit {
  readonly physicalOffset: number
  readonly size: number
  readonly tagsCode: number
  readonly storeTimestamp: number
  readonly baseOffset: number
  readonly count: number
}

export const batchUnitBytes = 46
/** The number of messages is an int16. */
export const maxBatchCount = 32_767

export function writeBatchUnit(into: Buffer, at: number, unit: BatchUnit): void {
  writeInt64(into, at, unit.physicalOffset)
  writeInt32(into, at + 8, unit.size)
  writeInt64(into, at + 12, unit.tagsCode)
  writeInt64(into, at + 20, unit.storeTimestamp)
  writeInt64(into, at + 28, unit.baseOffset)
  writeInt16(into, at + 36, unit.count)
  writeInt32(into, at + 38, -1)
  writeInt32(into, at + 42, 0)
}

/** The unit at `at`; `undefined` when none is there. */
export function readBatchUnit(bytes: Buffer, at: number): BatchUnit | undefined {
  if (at < 0 || at + batchUnitBytes > bytes.length) return undefined
  const unit = {
    physicalOffset: readInt64(bytes, at),
    size: readInt32(bytes, at + 8),
    tagsCode: readInt64(bytes, at + 12),
    storeTimestamp: readInt64(bytes, at + 20),
    baseOffset: readInt64(bytes, at + 28),
    count: readInt16(bytes, at + 36),
  }
  const isUnit = unit.physicalOffset >= 0 && unit.size > 0 && unit.baseOffset >= 0 && unit.count > 0
  return isUnit ? unit : undefined
}
