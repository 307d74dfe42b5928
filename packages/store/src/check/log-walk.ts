import { checkRecord, minBlankBytes, type RecordLayout, readPhysicalOffset } from '@cometmq/protocol/message'
import { expectedSize, LogWindow } from '../recovery/scan-log.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

/** What every record's magic begins with. */
const magicPrefix = Buffer.from([0xda, 0xa3, 0x20])
const magicAt = 4

export interface LogVisitor {
  /** A good record. The bytes are used again once the answer has settled. */
  onRecord: (bytes: Buffer, at: number, record: RecordLayout, position: number) => Promise<void> | undefined
  /** Bytes that are no records, with a good one at `to`. */
  onDamage: (from: number, to: number, reason: string) => void
  /** Now and then, with the position reached. */
  onProgress: (position: number) => void
  /** Whether nothing can lie behind `position` in its file, as far as that is known without reading. */
  isEmptyBehind: (position: number) => Promise<boolean>
}

export interface WalkedLog {
  readonly records: number
  /** Behind the last good record. */
  readonly end: number
  /** Why none follows. */
  readonly endReason: string
  /** Where something lies behind the end that is not zero. */
  readonly garbageAt: number | undefined
}

/**
 * Walks over all files of a log and over every damage in it: behind a place that holds no record the next good one is looked for, which is one that
 * says that it lies where it lies and whose body has its CRC.
 */
export class LogWalk {
  readonly #sequence: SegmentSequence
  readonly #visitor: LogVisitor
  #records = 0
  #end: number
  #lost: { from: number; reason: string } | undefined
  #garbageAt: number | undefined

  constructor(sequence: SegmentSequence, visitor: LogVisitor) {
    this.#sequence = sequence
    this.#visitor = visitor
    this.#end = sequence.first ?? 0
  }

  async run(): Promise<WalkedLog> {
    for (const start of this.#sequence.starts) {
      if (start > this.#end) this.#lose(this.#end, 'the file is missing or was cut short')
      await this.#walkFile(start)
    }
    return {
      records: this.#records,
      end: this.#lost?.from ?? this.#end,
      endReason: this.#lost?.reason ?? 'the last file is full',
      garbageAt: this.#garbageAt,
    }
  }

  async #walkFile(start: number): Promise<void> {
    const fileEnd = start + this.#sequence.fileBytes
    const window = new LogWindow(this.#sequence, fileEnd)
    for (let position = start; position < fileEnd; ) {
      const found = await this.#at(window, position, fileEnd)
      if (typeof found === 'string') {
        this.#lose(position, found)
        position = await this.#findRecord(window, position, fileEnd)
      } else if (found.kind === 'blank') {
        this.#end = position = fileEnd
      } else {
        if (this.#lost !== undefined) this.#visitor.onDamage(this.#lost.from, position, this.#lost.reason)
        this.#lost = this.#garbageAt = undefined
        this.#records++
        await this.#visitor.onRecord(window.bytes, position - window.start, found, position)
        this.#end = position += found.size
      }
    }
  }

  /** What lies at `position`, in words when it is nothing good. */
  async #at(window: LogWindow, position: number, fileEnd: number) {
    const left = fileEnd - position
    if (left < minBlankBytes) return 'the file ends without a filler'
    if (!window.holds(position, minBlankBytes)) {
      this.#visitor.onProgress(position)
      await window.load(position, minBlankBytes)
    }
    if (!window.holds(position, minBlankBytes)) return 'the file is too short'
    const size = expectedSize(window.bytes, position - window.start)
    if (size <= left && !window.holds(position, size)) await window.load(position, size)
    const at = position - window.start
    const check = checkRecord(window.bytes, at, window.bytes.length, { checkCrc: true })
    if (check.kind === 'bad') return check.reason
    if (check.kind === 'blank') {
      return check.size === left ? check : `a filler of ${check.size} bytes where ${left} are left`
    }
    const said = readPhysicalOffset(window.bytes, at)
    return said === position ? check : `a record that says it lies at ${said}`
  }

  /** Where the next good record of the file begins behind `position`; the end of the file when none does. */
  async #findRecord(window: LogWindow, position: number, fileEnd: number): Promise<number> {
    if (await this.#visitor.isEmptyBehind(position)) return fileEnd
    let from = position
    while (fileEnd - from >= minBlankBytes) {
      if (!window.holds(from, minBlankBytes)) {
        this.#visitor.onProgress(from)
        await window.load(from, minBlankBytes)
        if (!window.holds(from, minBlankBytes)) break
      }
      this.#noteGarbage(window.bytes.subarray(from - window.start), from)
      const magic = window.bytes.indexOf(magicPrefix, from - window.start + magicAt)
      const candidate = magic < 0 ? -1 : window.start + magic - magicAt
      if (candidate > position && typeof (await this.#at(window, candidate, fileEnd)) !== 'string') return candidate
      // The magic of the next record can lie across the end of the window.
      from = candidate >= 0 ? candidate + 1 : window.start + window.bytes.length - (magicAt + magicPrefix.length - 1)
      if (window.start + window.bytes.length === fileEnd && candidate < 0) break
    }
    return fileEnd
  }

  #lose(from: number, reason: string): void {
    this.#lost ??= { from, reason }
  }

  #noteGarbage(bytes: Buffer, position: number): void {
    if (this.#garbageAt !== undefined) return
    const at = firstNonZero(bytes)
    if (at >= 0) this.#garbageAt = position + at
  }
}

/** Where the first byte lies that is not zero; −1 when all are. Pieces are compared in one go. */
export function firstNonZero(bytes: Buffer): number {
  for (let from = 0; from < bytes.length; from += zeros.length) {
    const piece = bytes.subarray(from, from + zeros.length)
    if (piece.equals(zeros.subarray(0, piece.length))) continue
    return from + piece.findIndex((byte) => byte !== 0)
  }
  return -1
}

const zeros = Buffer.alloc(64 * 1024)
