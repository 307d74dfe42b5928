import type { RecordMemory } from '@cometmq/protocol/message'

/**
 * Memory in which records are encoded, and which is then written to the file and kept as part of the tail. It lies within one file of the log.
 * Once a reader was given a view of it without a lease, its memory is never used again; the garbage collector takes it when the last view is gone.
 */
export class Chunk implements RecordMemory {
  readonly bytes: Buffer
  readonly view: DataView
  /** Offset in the log of the first byte. */
  readonly start: number
  /** Bytes that hold records. */
  used = 0
  /** Bytes that are in the file. */
  written = 0
  /** Offset in the log behind the chunk once nothing more is put into it: that of the next file when the chunk ends a file. */
  end: number | undefined
  /** Somebody may hold a view of it, for ever. */
  isShared = false
  /** So many hold views of it who say when they do not any more. */
  leases = 0

  constructor(start: number, bytes: Buffer) {
    this.start = start
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get free(): number {
    return this.end === undefined ? this.bytes.length - this.used : 0
  }

  /** Gives up what lies at `end` or behind it, and ends there. */
  cut(end: number): void {
    this.used = Math.min(this.used, end - this.start)
    this.end = end
  }

  get isWritten(): boolean {
    return this.end !== undefined && this.written === this.used
  }
}
