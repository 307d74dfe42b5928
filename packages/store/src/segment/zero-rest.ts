import type { SegmentSequence } from './segment-sequence.ts'

/** What is read at once while looking for bytes that are not zero. */
const blockBytes = 1024 * 1024
/** What a file system takes at least: pages that hold nothing may be holes, and stay so. On a full disk there is no room to fill them. */
const pageBytes = 4096

/**
 * Whether nothing can lie behind `position` in the last file, judged by what the file takes on the disk: everything before the position was written,
 * so that what is there besides must lie behind. Only the rest of the block of the position is read, from `known` where that holds it.
 * False when it cannot be told without reading.
 */
export async function isHoleBehind(
  sequence: SegmentSequence,
  position: number,
  disk: { allocatedBytes: number | undefined; blockBytes: number | undefined },
  known?: { at: number; bytes: Buffer },
): Promise<boolean> {
  const { allocatedBytes, blockBytes } = disk
  const start = sequence.startOf(position)
  if (start !== sequence.last || allocatedBytes === undefined || blockBytes === undefined) return false
  const used = Math.ceil((position - start) / blockBytes) * blockBytes
  if (allocatedBytes > used) return false
  const blockEnd = Math.min(start + used, start + sequence.fileBytes)
  const rest = blockEnd - position
  let bytes = known?.bytes.subarray(position - known.at, blockEnd - known.at)
  if (known === undefined || position < known.at || bytes === undefined || bytes.length < rest) {
    bytes = Buffer.allocUnsafe(rest)
    bytes = bytes.subarray(0, await sequence.read(bytes, position))
  }
  return isZero(bytes)
}

const zeroPage = Buffer.alloc(pageBytes)

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += pageBytes) {
    const part = bytes.subarray(at, at + pageBytes)
    if (!part.equals(part.length === pageBytes ? zeroPage : zeroPage.subarray(0, part.length))) return false
  }
  return true
}

/**
 * Writes zeros over everything behind `position` in its file, or over `limitBytes` of it, and answers how many bytes were not zero before. What a crash left behind the end
 * could otherwise be taken for records or units once the file has grown up to it. Only pages that hold something are written, so holes stay
 * holes, and the file never has another length than it must have, however often this is interrupted.
 */
export async function zeroRest(
  sequence: SegmentSequence,
  position: number,
  limitBytes = Number.POSITIVE_INFINITY,
): Promise<number> {
  const start = sequence.startOf(position)
  if (!sequence.has(start)) return 0
  const end = Math.min(start + sequence.fileBytes, position + limitBytes)
  const block = Buffer.allocUnsafe(Math.min(blockBytes, end - position))
  const zeros = Buffer.alloc(block.length)
  let zeroed = 0
  for (let at = position; at < end; at += block.length) {
    const part = block.subarray(0, Math.min(block.length, end - at))
    const bytes = await sequence.read(part, at)
    if (bytes === 0) break
    if (part.subarray(0, bytes).equals(zeros.subarray(0, bytes))) continue
    zeroed += await zeroPages(sequence, part.subarray(0, bytes), zeros, at)
  }
  return zeroed
}

/** Zeros those pages of `bytes`, which lie at `position`, that are not zero; neighbours with one write. */
async function zeroPages(sequence: SegmentSequence, bytes: Buffer, zeros: Buffer, position: number): Promise<number> {
  let zeroed = 0
  let runStart = -1
  for (let at = 0; at <= bytes.length; ) {
    const end = Math.min(bytes.length, at + pageBytes - ((position + at) % pageBytes))
    const isDirty = at < bytes.length && !bytes.subarray(at, end).equals(zeros.subarray(0, end - at))
    if (isDirty && runStart < 0) runStart = at
    if (!isDirty && runStart >= 0) {
      await sequence.write(zeros.subarray(0, at - runStart), position + runStart)
      zeroed += at - runStart
      runStart = -1
    }
    if (at === bytes.length) break
    at = end
  }
  return zeroed
}
