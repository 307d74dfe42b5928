import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * What a consume queue knows of a message beside its place, in a file of its own. All integers big-endian.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 2 | size of this unit: 20 + b |
 * | 2 | 8 | tags code: the tag's hash, or the delivery time of a delayed message |
 * | 10 | 8 | store time of the message |
 * | 18 | 2 | b, bytes of the bitmap |
 * | 20 | b | Bloom filter bits of the filters that the message passes; none when nobody has calculated them |
 *
 * The last 4 bytes of a file hold no unit; where the next does not fit, −1 stands as its size. A queue unit names the place of its extended unit, from the
 * start of the queue's extended files, plus −2^63, where it otherwise has the tags code. Every number below −2^31 is such an address.
 */
export interface ExtendedUnit {
  readonly tagsCode: number
  readonly storeTimestamp: number
  /** Absent when nobody has calculated it. */
  readonly bitmap: Buffer | undefined
}

export const extendedUnitBytes = 20
/** What stays free at the end of a file. */
export const extendedFileRest = 4
export const extendedFileEnd = -1
/** The size is an int16. */
export const maxExtendedUnitBytes = 32_767

const tagsCodeAt = 12
const high = 0x1_0000_0000

/** Writes a unit without a bitmap. */
export function writeExtendedUnit(into: Buffer, at: number, tagsCode: number, storeTimestamp: number): void {
  writeInt16(into, at, extendedUnitBytes)
  writeInt64(into, at + 2, tagsCode)
  writeInt64(into, at + 10, storeTimestamp)
  writeInt16(into, at + 18, 0)
}

/** The unit at `at`; `undefined` when none is there. The bitmap is a view. */
export function readExtendedUnit(bytes: Buffer, at: number): ExtendedUnit | undefined {
  if (at < 0 || at + extendedUnitBytes > bytes.length) return undefined
  const size = readInt16(bytes, at)
  const bitmapBytes = readInt16(bytes, at + 18)
  if (bitmapBytes < 0 || size !== extendedUnitBytes + bitmapBytes || at + size > bytes.length) return undefined
  const bitmap = bitmapBytes === 0 ? undefined : bytes.subarray(at + extendedUnitBytes, at + size)
  return { tagsCode: readInt64(bytes, at + 2), storeTimestamp: readInt64(bytes, at + 10), bitmap }
}

/** Puts the place of an extended unit into the queue unit at `at`. In two halves: the sum is no exact number. */
export function writeExtendedAddress(into: Buffer, at: number, position: number): void {
  writeInt32(into, at + tagsCodeAt, Math.floor(position / high) | 0x8000_0000)
  writeInt32(into, at + tagsCodeAt + 4, position)
}

/** The place of the extended unit that the queue unit at `at` names; `undefined` when it has its tags code itself. */
export function extendedAddress(bytes: Buffer, at: number): number | undefined {
  const upper = readInt32(bytes, at + tagsCodeAt)
  const lower = readInt32(bytes, at + tagsCodeAt + 4) >>> 0
  if (upper > -1 || (upper === -1 && lower >= 0x8000_0000)) return undefined
  return (upper & 0x7fff_ffff) * high + lower
}
