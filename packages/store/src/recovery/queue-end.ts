import { isUnit, unitBytes, unitPhysicalOffset } from '../format/queue-unit.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

/** What is read at once, a little more than 4 KiB: most queues are small, and their end and what is behind it are found with one read. */
const blockUnits = 205

export interface QueueEnd {
  /** Queue offset behind the last unit that points below the limit. */
  readonly end: number
  /** Queue offset behind which nothing was seen; at or after `end`. */
  readonly seenEnd: number
  /** The units around the end, with the byte position in the queue of the first; for those who want to know what else is there. */
  readonly block: { readonly at: number; readonly bytes: Buffer }
}

/**
 * The end of those units of a queue that point below `limit`. Positions ascend within a queue, and what was never written is zero, so that the
 * end is searched for and not walked to.
 */
export async function findQueueEnd(sequence: SegmentSequence, limit: number): Promise<QueueEnd> {
  for (const start of sequence.starts.toReversed()) {
    const first = start / unitBytes
    const block = await readUnits(sequence, first, blockUnits)
    if (block.length > 0 && isBelow(block, 0, limit)) return endWithin(sequence, first, block, limit)
  }
  const first = (sequence.first ?? 0) / unitBytes
  return endOf(await readUnits(sequence, first, blockUnits), first, limit)
}

async function endWithin(sequence: SegmentSequence, first: number, block: Buffer, limit: number): Promise<QueueEnd> {
  const inBlock = endOf(block, first, limit)
  const behind = first + sequence.fileBytes / unitBytes
  if (inBlock.end < first + blockUnits) return inBlock
  // The unit at `low` points below the limit, the one at `high` does not.
  let low = inBlock.end - 1
  let high = behind
  while (high - low > blockUnits) {
    const middle = Math.floor((low + high) / 2)
    const unit = await readUnits(sequence, middle, 1)
    if (unit.length > 0 && isBelow(unit, 0, limit)) low = middle
    else high = middle
  }
  return endOf(await readUnits(sequence, low, Math.min(2 * blockUnits, behind - low)), low, limit)
}

/** Where the last unit points to, or `undefined` when there is none. */
export async function lastUnitOffset(sequence: SegmentSequence): Promise<number | undefined> {
  const { end } = await findQueueEnd(sequence, Number.POSITIVE_INFINITY)
  if (end * unitBytes <= (sequence.first ?? 0)) return undefined
  return unitPhysicalOffset(await readUnits(sequence, end - 1, 1), 0)
}

function endOf(block: Buffer, first: number, limit: number): QueueEnd {
  const units = block.length / unitBytes
  let end = 0
  while (end < units && isBelow(block, end * unitBytes, limit)) end++
  let seenEnd = end
  while (seenEnd < units && isUnit(block, seenEnd * unitBytes)) seenEnd++
  return { end: first + end, seenEnd: first + seenEnd, block: { at: first * unitBytes, bytes: block } }
}

function isBelow(bytes: Buffer, at: number, limit: number): boolean {
  return isUnit(bytes, at) && unitPhysicalOffset(bytes, at) < limit
}

async function readUnits(sequence: SegmentSequence, first: number, count: number): Promise<Buffer> {
  const start = sequence.startOf(first * unitBytes)
  const left = (start + sequence.fileBytes) / unitBytes - first
  const bytes = Buffer.allocUnsafe(Math.min(count, left) * unitBytes)
  const read = await sequence.read(bytes, first * unitBytes)
  return bytes.subarray(0, read - (read % unitBytes))
}
