import { type Address, assert } from '@cometmq/platform'
import {
  encodeBlank,
  encodePlainRecord,
  type Message,
  minBlankBytes,
  type Placement,
  type PlainMessage,
  RecordEncoder,
} from '@cometmq/protocol/message'
import { Chunk } from './chunk.ts'
import type { LogPositions } from './log-positions.ts'
import type { Tail } from './tail.ts'

/** Encodes records in place at the end of the log, in memory. Never waits and never fails: what cannot fit was refused before. */
export class Appender {
  readonly #positions: LogPositions
  readonly #tail: Tail
  readonly #fileBytes: number
  readonly #chunkBytes: number
  readonly #onChunk: (chunk: Chunk) => void
  readonly #encoder = new RecordEncoder()
  #chunk: Chunk | undefined

  constructor(
    positions: LogPositions,
    tail: Tail,
    limits: { fileBytes: number; chunkBytes: number },
    onChunk: (chunk: Chunk) => void,
  ) {
    this.#positions = positions
    this.#tail = tail
    this.#fileBytes = limits.fileBytes
    this.#chunkBytes = limits.chunkBytes
    this.#onChunk = onChunk
  }

  /** Bytes that the record of a message takes. */
  sizeOf(message: Message, storeHost: Address): number {
    return this.#encoder.sizeOf(message, storeHost)
  }

  /**
   * Sees to it that the next `size` bytes lie in one file and in one chunk, and so are written with one write: the records of a batch are stored
   * together or not at all.
   */
  makeRoom(size: number): void {
    this.#endFileUnlessFits(size)
    this.#chunkWith(size)
  }

  /** What was appended and not written is given up: the next record begins where the tail was cut. */
  reset(): void {
    this.#chunk = undefined
  }

  /** Ends the file when `size` bytes and the filler behind them do not fit into what is left of it. */
  #endFileUnlessFits(size: number): void {
    const { appended } = this.#positions
    const inFile = appended % this.#fileBytes
    const left = this.#fileBytes - inFile
    if (inFile === 0 || size + minBlankBytes <= left) return
    assert(size + minBlankBytes <= this.#fileBytes, `${size} bytes do not fit any file of the log`)
    assert(left >= minBlankBytes, `only ${left} bytes are left of the log file at ${appended}`)
    const chunk = this.#chunkWith(minBlankBytes)
    encodeBlank(chunk.bytes, chunk.used, left)
    chunk.used += minBlankBytes
    this.#positions.moveAppended(appended + left)
    this.#seal(appended + left)
  }

  /** Appends one record of `size` bytes, for which `makeRoom` was called; `placement.physicalOffset` is filled in. */
  append(message: Message, size: number, placement: Placement): void {
    const chunk = this.#chunkWith(size)
    placement.physicalOffset = this.#positions.appended
    this.#appended(chunk, size, this.#encoder.encode(chunk.bytes, chunk.used, message, placement))
  }

  /** `append` for a message that is bytes already. */
  appendPlain(message: PlainMessage, size: number, placement: Placement, storeHost: Buffer): void {
    const chunk = this.#chunkWith(size)
    placement.physicalOffset = this.#positions.appended
    this.#appended(chunk, size, encodePlainRecord(chunk, chunk.used, message, placement, storeHost))
  }

  #appended(chunk: Chunk, size: number, encoded: number): void {
    if (encoded !== size) assert(false, `a record of ${size} bytes took ${encoded}`)
    chunk.used += size
    this.#positions.moveAppended(this.#positions.appended + size)
  }

  #chunkWith(size: number): Chunk {
    if (this.#chunk !== undefined && this.#chunk.free >= size) return this.#chunk
    const { appended } = this.#positions
    this.#seal(appended)
    const leftInFile = this.#fileBytes - (appended % this.#fileBytes)
    const chunk = new Chunk(appended, this.#tail.allocate(Math.min(Math.max(this.#chunkBytes, size), leftInFile)))
    this.#chunk = chunk
    this.#tail.add(chunk)
    this.#onChunk(chunk)
    return chunk
  }

  #seal(end: number): void {
    if (this.#chunk !== undefined) this.#chunk.end = end
    this.#chunk = undefined
  }
}
