import { readInt32, readInt64, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * One entry of a consume queue. All integers big-endian.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 8 | offset of the record in the commit log |
 * | 8 | 4 | size of the record |
 * | 12 | 8 | tags code: the tag's hash, or the delivery time of a delayed message |
 *
 * Unit k of a queue lies at byte 20·k of the queue's address space. A unit of zeros was never written. Where a queue does not begin at the
 * start of a file, the place before its first unit is filled with units (0, 2^31−1, 0), which point at nothing.
 */
export const unitBytes = 20

/** The size in a unit that only fills a place. */
export const fillerUnitSize = 0x7fff_ffff

export function writeUnit(into: Buffer, at: number, physicalOffset: number, size: number, tagsCode: number): void {
  writeInt64(into, at, physicalOffset)
  writeInt32(into, at + 8, size)
  writeInt64(into, at + 12, tagsCode)
}

const high = 0x1_0000_0000

/** `writeUnit` where it runs for every message: no call in it, and so no object for a large number. */
export function writeUnitAt(into: DataView, at: number, physicalOffset: number, size: number, tagsCode: number): void {
  into.setUint32(at, Math.floor(physicalOffset / high))
  into.setUint32(at + 4, physicalOffset)
  into.setInt32(at + 8, size)
  into.setInt32(at + 12, Math.floor(tagsCode / high))
  into.setUint32(at + 16, tagsCode)
}

export const unitPhysicalOffset = (bytes: Buffer, at: number): number => readInt64(bytes, at)
export const unitRecordSize = (bytes: Buffer, at: number): number => readInt32(bytes, at + 8)
export const unitTagsCode = (bytes: Buffer, at: number): number => readInt64(bytes, at + 12)

/** Whether something was written here; recovery looks at nothing else. */
export function isUnit(bytes: Buffer, at: number): boolean {
  return unitRecordSize(bytes, at) > 0 && readInt32(bytes, at) >= 0
}

/** Whether the unit points at no record. */
export function isFillerUnit(bytes: Buffer, at: number): boolean {
  return unitRecordSize(bytes, at) === fillerUnitSize
}

/** `count` units that point at nothing. */
export function fillerUnits(count: number): Buffer {
  const bytes = Buffer.alloc(count * unitBytes)
  for (let at = 0; at < bytes.length; at += unitBytes) writeUnit(bytes, at, 0, fillerUnitSize, 0)
  return bytes
}
