import {
  checkRecord,
  minBlankBytes,
  type RecordLayout,
  readMagic,
  readPhysicalOffset,
  readTotalSize,
  recordMagicV1,
  recordMagicV2,
} from '@cometmq/protocol/message'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { lacksSector } from './lost-sector.ts'

/** What is read at once; more for a larger record. */
const blockBytes = 4 * 1024 * 1024

export interface LogScan {
  checkCrc: boolean
  /** The machine may have ended before all that was written reached the disk. */
  mayLackSectors: boolean
  /** Called for every good record, which lies at `at` in `bytes`; the bytes are used again afterwards. */
  onRecord: (bytes: Buffer, at: number, record: RecordLayout, physicalOffset: number) => void
  /** Called now and then, with the position reached. */
  onProgress: (position: number) => Promise<void>
}

export interface LogEnd {
  /** Offset behind the last good record, or of the file behind a filler. */
  readonly end: number
  /** Why there is no record at the end. */
  readonly reason: string
}

/**
 * Walks over the records from `from`, which is where one begins, to the first place that holds none. A record must say that it lies where it
 * lies: bytes behind the end of a log may look like a record that once was elsewhere.
 */
export async function scanLog(sequence: SegmentSequence, from: number, scan: LogScan): Promise<LogEnd> {
  let position = from
  for (let start = sequence.startOf(from); sequence.has(start); start += sequence.fileBytes) {
    const { end, reason, isFull } = await scanFile(sequence, position, scan)
    if (!isFull) return { end, reason }
    position = end
  }
  return { end: position, reason: 'the last file is full' }
}

async function scanFile(sequence: SegmentSequence, from: number, scan: LogScan) {
  const fileEnd = sequence.startOf(from) + sequence.fileBytes
  const window = new LogWindow(sequence, fileEnd)
  for (let position = from; ; ) {
    if (fileEnd - position < minBlankBytes)
      return { end: position, reason: 'the file ends', isFull: position === fileEnd }
    if (!window.holds(position, minBlankBytes)) {
      await scan.onProgress(position)
      await window.load(position, minBlankBytes)
    }
    const size = expectedSize(window.bytes, position - window.start)
    if (position + size <= fileEnd && !window.holds(position, size)) await window.load(position, size)
    const at = position - window.start
    const check = checkRecord(window.bytes, at, window.bytes.length, scan)
    if (check.kind === 'bad') return { end: position, reason: check.reason, isFull: false }
    if (check.kind === 'blank') {
      if (check.size === fileEnd - position) return { end: fileEnd, reason: 'the file is full', isFull: true }
      return {
        end: position,
        reason: `a filler of ${check.size} bytes where ${fileEnd - position} are left`,
        isFull: false,
      }
    }
    const said = readPhysicalOffset(window.bytes, at)
    if (said !== position) return { end: position, reason: `a record that says it lies at ${said}`, isFull: false }
    if (scan.mayLackSectors && lacksSector(window.bytes, at, check, position - (fileEnd - sequence.fileBytes))) {
      return { end: position, reason: 'a record of which a sector is missing', isFull: false }
    }
    scan.onRecord(window.bytes, at, check, position)
    position += check.size
  }
}

/** What must be read to judge what lies at `at`. */
export function expectedSize(bytes: Buffer, at: number): number {
  const magic = readMagic(bytes, at)
  const size = readTotalSize(bytes, at)
  return (magic === recordMagicV1 || magic === recordMagicV2) && size > minBlankBytes ? size : minBlankBytes
}

/** A piece of one file of the log in memory. */
export class LogWindow {
  start = 0
  bytes: Buffer = Buffer.alloc(0)
  readonly #sequence: SegmentSequence
  readonly #fileEnd: number
  #memory: Buffer = Buffer.alloc(0)

  constructor(sequence: SegmentSequence, fileEnd: number) {
    this.#sequence = sequence
    this.#fileEnd = fileEnd
  }

  holds(position: number, size: number): boolean {
    return position >= this.start && position + size <= this.start + this.bytes.length
  }

  async load(position: number, atLeast: number): Promise<void> {
    const wanted = Math.min(Math.max(atLeast, blockBytes), this.#fileEnd - position)
    if (this.#memory.length < wanted) this.#memory = Buffer.allocUnsafeSlow(wanted)
    const read = await this.#sequence.read(this.#memory.subarray(0, wanted), position)
    this.start = position
    this.bytes = this.#memory.subarray(0, read)
  }
}
