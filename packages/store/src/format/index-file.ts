import { javaAbs, readInt32, readInt64, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * A key index file. All integers big-endian. It is made at its full length, sparse, and named by the local time of its making.
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 8 | store time of the first message |
 * | 8 | 8 | store time of the last message |
 * | 16 | 8 | offset of the first message in the commit log |
 * | 24 | 8 | offset of the last message in the commit log |
 * | 32 | 4 | slots in use |
 * | 36 | 4 | number of the next entry; entries are counted from 1, and 0 is read as 1 |
 * | 40 | 4 · S | slots: number of the newest entry of the chain, 0 for none |
 * | 40 + 4 · S | 20 · E | entries; place 0 is not used |
 *
 * An entry:
 *
 * | at | bytes | field |
 * |---|---|---|
 * | 0 | 4 | hash of `topic#key`, or `topic#T#tags` |
 * | 4 | 8 | offset of the message in the commit log |
 * | 12 | 4 | seconds since the store time of the first message |
 * | 16 | 4 | number of the next older entry of the chain, 0 for none |
 */
export const indexHeaderBytes = 40
export const indexSlotBytes = 4
export const indexEntryBytes = 20

/** How many slots and places for entries a file has (maxHashSlotNum, maxIndexNum). */
export interface IndexShape {
  readonly slots: number
  readonly entries: number
}

export interface IndexHeader {
  beginTimestamp: number
  endTimestamp: number
  beginPhysicalOffset: number
  endPhysicalOffset: number
  usedSlots: number
  /** The number that the next entry gets. */
  nextEntry: number
}

export const indexFileBytes = ({ slots, entries }: IndexShape): number => entryPosition({ slots }, entries)

export const slotPosition = (slot: number): number => indexHeaderBytes + slot * indexSlotBytes

export const entryPosition = ({ slots }: Pick<IndexShape, 'slots'>, entry: number): number =>
  slotPosition(slots) + entry * indexEntryBytes

/** The header of a file that follows one that ended with this message; zeros for the first one. */
export function emptyIndexHeader(endTimestamp = 0, endPhysicalOffset = 0): IndexHeader {
  return {
    beginTimestamp: endTimestamp,
    endTimestamp,
    beginPhysicalOffset: endPhysicalOffset,
    endPhysicalOffset,
    usedSlots: 0,
    nextEntry: 1,
  }
}

export function encodeIndexHeader(header: IndexHeader): Buffer {
  const bytes = Buffer.alloc(indexHeaderBytes)
  writeInt64(bytes, 0, header.beginTimestamp)
  writeInt64(bytes, 8, header.endTimestamp)
  writeInt64(bytes, 16, header.beginPhysicalOffset)
  writeInt64(bytes, 24, header.endPhysicalOffset)
  writeInt32(bytes, 32, header.usedSlots)
  writeInt32(bytes, 36, header.nextEntry)
  return bytes
}

/** `undefined` when the bytes cannot be the header of a file of this shape. */
export function decodeIndexHeader(bytes: Buffer, { slots, entries }: IndexShape): IndexHeader | undefined {
  if (bytes.length < indexHeaderBytes) return undefined
  const header = {
    beginTimestamp: readInt64(bytes, 0),
    endTimestamp: readInt64(bytes, 8),
    beginPhysicalOffset: readInt64(bytes, 16),
    endPhysicalOffset: readInt64(bytes, 24),
    usedSlots: readInt32(bytes, 32),
    nextEntry: Math.max(1, readInt32(bytes, 36)),
  }
  const isSound =
    Number.isSafeInteger(header.beginTimestamp) &&
    Number.isSafeInteger(header.endTimestamp) &&
    isOffset(header.beginPhysicalOffset) &&
    isOffset(header.endPhysicalOffset) &&
    header.usedSlots >= 0 &&
    header.usedSlots <= Math.min(slots, header.nextEntry) &&
    header.nextEntry <= entries
  return isSound ? header : undefined
}

const isOffset = (value: number) => Number.isSafeInteger(value) && value >= 0

export function writeIndexEntry(
  into: Buffer,
  at: number,
  keyHash: number,
  physicalOffset: number,
  seconds: number,
  previous: number,
): void {
  writeInt32(into, at, keyHash)
  writeInt64(into, at + 4, physicalOffset)
  writeInt32(into, at + 12, seconds)
  writeInt32(into, at + 16, previous)
}

export const entryKeyHash = (bytes: Buffer, at: number): number => readInt32(bytes, at)
export const entryPhysicalOffset = (bytes: Buffer, at: number): number => readInt64(bytes, at + 4)
export const entrySeconds = (bytes: Buffer, at: number): number => readInt32(bytes, at + 12)
export const entryPrevious = (bytes: Buffer, at: number): number => readInt32(bytes, at + 16)

const maxSeconds = 0x7fff_ffff

/** What stands in an entry for its store time, in a file whose first message was stored at `beginTimestamp`. */
export function secondsSince(beginTimestamp: number, storeTimestamp: number): number {
  if (beginTimestamp <= 0) return 0
  return Math.min(Math.max(Math.trunc((storeTimestamp - beginTimestamp) / 1000), 0), maxSeconds)
}

/** Goes on with a Java hash over the UTF-16 units `[from, to)` of `text`: the hash of a concatenation without making it. */
export function continueHash(hash: number, text: string, from: number, to: number): number {
  for (let at = from; at < to; at++) hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0
  return hash
}

/** The hash that entries hold: never negative. */
export const keyHashOf = (hash: number): number => Math.max(0, javaAbs(hash))

/** `topic#key` for keys and unique keys, `topic#T#tags` for tags. */
export function keyTextHash(topic: string, key: string, isTag: boolean): number {
  const text = `${topic}${isTag ? '#T#' : '#'}${key}`
  return keyHashOf(continueHash(0, text, 0, text.length))
}

/** The name of a file that is made at `timeMs`: local time as yyyyMMddHHmmssSSS. */
export function indexFileName(timeMs: number): string {
  const time = new Date(timeMs)
  const parts = [time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()]
  const digits = parts.map((part) => String(part).padStart(2, '0')).join('')
  return `${String(time.getFullYear()).padStart(4, '0')}${digits}${String(time.getMilliseconds()).padStart(3, '0')}`
}
