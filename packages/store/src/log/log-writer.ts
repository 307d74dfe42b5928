import { type Clock, type File, isOutOfSpace } from '@cometmq/platform'
import { type StoreError, writeFailed } from '../error.ts'
import type { Chunk } from './chunk.ts'
import { eraseBehind } from './erase-behind.ts'
import type { LogFiles } from './log-files.ts'
import type { LogPositions } from './log-positions.ts'
import type { Tail } from './tail.ts'

/** An inline write that takes longer shows that the disk makes us wait. */
const slowWriteMs = 5
/** All writes stay off the event loop after a slow one for so many times what that took: slow ones stall it for a twentieth of the time at most. */
const asideTimes = 20

export interface LogWriterParts {
  clock: Clock
  positions: LogPositions
  files: LogFiles
  tail: Tail
  fileBytes: number
  maxInlineBytes: number
  /** Called in the turn in which bytes were written, after `written` has moved. */
  onWritten: () => void
  onFailure: (failure: StoreError) => void
  /** There is no room on the disk. What was appended and is not written has to be taken back before the next turn. */
  onFull: (error: unknown) => void
  /** The next file could not be made ahead; it is tried again when it is needed. */
  onPrepareFailure: (error: unknown) => void
}

/**
 * Writes what was appended, in order: all that came in one tick at the end of it, in one write per chunk. Small batches are written on the
 * event loop, which costs less than a trip to another thread while the page cache takes them; large ones, and all after a slow one, off it,
 * while the next batch fills.
 *
 * When the disk has no room, what was not written is given up, and what a write has left of it in the file is erased: a message that is refused
 * must not turn up after a restart. Other failures are for good.
 */
export class LogWriter {
  readonly #parts: LogWriterParts
  /** Chunks with bytes that are not written yet, or that may still get some. */
  readonly #chunks: Chunk[] = []
  #isScheduled = false
  #isWritingAside = false
  #asideSinceMs = 0
  #hasFailed = false
  #asideUntilMs = Number.NEGATIVE_INFINITY
  /** Bytes behind `written` over which a write that found no room may have left something. */
  #dirtyBytes = 0
  #isErasing = false
  #idle: (() => void)[] = []

  constructor(parts: LogWriterParts) {
    this.#parts = parts
  }

  /** For how long the write has been under way that is not done yet; 0 when there is none. */
  get underWayMs(): number {
    return this.#isWritingAside ? this.#parts.clock.monotonicMs() - this.#asideSinceMs : 0
  }

  add(chunk: Chunk): void {
    this.#chunks.push(chunk)
  }

  /** Sees to it that what was appended gets written. */
  schedule(): void {
    if (this.#isScheduled || this.#isWritingAside || this.#isErasing || this.#hasFailed) return
    this.#isScheduled = true
    this.#parts.clock.endOfTick(this.#run)
  }

  /** Resolves when nothing waits to be written, or writing has failed. */
  drained(): Promise<void> {
    if (this.#isDone()) return Promise.resolve()
    this.schedule()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Forgets what is not written. */
  takeBack(): void {
    this.#chunks.length = 0
  }

  /**
   * Erases what a write has left behind the end of the log, and writes zeros over `aheadBytes`, which takes the room that the next messages need.
   * Answers whether that worked; false when there is no room for it.
   */
  async erase(aheadBytes: number): Promise<boolean> {
    const { positions, files, fileBytes } = this.#parts
    const { written } = positions
    if (this.#hasFailed || this.#isErasing) return false
    if (this.#dirtyBytes + aheadBytes === 0) return true
    this.#isErasing = true
    try {
      const file = files.opened(written) ?? (await files.open(written))
      const left = fileBytes - (written % fileBytes)
      const bytes = Math.min(left, Math.max(this.#dirtyBytes, aheadBytes))
      const { isErased, hasRoom } = await eraseBehind(file, written % fileBytes, this.#dirtyBytes, bytes)
      if (isErased && this.#dirtyBytes > 0) await this.#syncErased(file)
      return isErased && hasRoom && !this.#hasFailed
    } catch (error) {
      if (!isOutOfSpace(error)) this.#failForGood('erasing what a failed write left in the commit log', error)
      return false
    } finally {
      this.#isErasing = false
      if (this.#next() !== undefined) this.schedule()
      this.#tellIdle()
    }
  }

  /** Whatever the cause, a sync that failed may have lost what was acknowledged. */
  async #syncErased(file: File): Promise<void> {
    try {
      await file.sync()
      this.#dirtyBytes = 0
    } catch (error) {
      this.#failForGood(`syncing ${file.path}`, error)
    }
  }

  readonly #run = (): void => {
    this.#isScheduled = false
    if (this.#isWritingAside || this.#isErasing || this.#hasFailed) return
    if (!this.#mayWriteInline() || !this.#writeInline()) void this.#writeAside()
    this.#tellIdle()
  }

  #mayWriteInline(): boolean {
    const { clock, positions, maxInlineBytes } = this.#parts
    return positions.appended - positions.written <= maxInlineBytes && clock.monotonicMs() >= this.#asideUntilMs
  }

  /** False when a file has to be opened first. */
  #writeInline(): boolean {
    const { clock, files, fileBytes } = this.#parts
    const before = clock.monotonicMs()
    for (let chunk = this.#next(); chunk !== undefined; chunk = this.#next()) {
      const position = chunk.start + chunk.written
      const file = files.opened(position)
      if (file === undefined) return false
      const { used } = chunk
      try {
        file.writeNow(chunk.bytes.subarray(chunk.written, used), position % fileBytes)
      } catch (error) {
        this.#fail(file.path, error, used - chunk.written)
        return true
      }
      this.#wrote(chunk, used)
    }
    const after = clock.monotonicMs()
    if (after - before >= slowWriteMs) this.#asideUntilMs = after + (after - before) * asideTimes
    return true
  }

  async #writeAside(): Promise<void> {
    const { clock, files, fileBytes } = this.#parts
    this.#isWritingAside = true
    this.#asideSinceMs = clock.monotonicMs()
    let path = 'the commit log'
    let writing = 0
    try {
      for (let chunk = this.#next(); chunk !== undefined && !this.#hasFailed; chunk = this.#next()) {
        const position = chunk.start + chunk.written
        const file = files.opened(position) ?? (await files.open(position))
        path = file.path
        const { used } = chunk
        writing = used - chunk.written
        this.#asideSinceMs = clock.monotonicMs()
        await file.write(chunk.bytes.subarray(chunk.written, used), position % fileBytes)
        writing = 0
        this.#wrote(chunk, used)
      }
    } catch (error) {
      this.#fail(path, error, writing)
    }
    this.#isWritingAside = false
    this.#tellIdle()
  }

  /** The first chunk with something to write. */
  #next(): Chunk | undefined {
    for (;;) {
      const chunk = this.#chunks[0]
      if (chunk === undefined || chunk.written < chunk.used) return chunk
      if (chunk.end === undefined) return undefined
      this.#chunks.shift()
    }
  }

  #wrote(chunk: Chunk, used: number): void {
    const { positions, tail, files, onWritten, onPrepareFailure } = this.#parts
    chunk.written = used
    positions.moveWritten(chunk.isWritten ? chunk.end! : chunk.start + used)
    if (chunk.isWritten) tail.trim()
    files.prepareAhead(positions.written)?.catch(onPrepareFailure)
    onWritten()
  }

  /** `bytes`: what was to be written, of which some may have been. */
  #fail(path: string, error: unknown, bytes: number): void {
    if (isOutOfSpace(error)) {
      this.#dirtyBytes = bytes
      this.#parts.onFull(error)
      return
    }
    this.#failForGood(`writing ${path}`, error)
  }

  #failForGood(what: string, error: unknown): void {
    this.#hasFailed = true
    this.#parts.onFailure(writeFailed(what, error))
  }

  #isDone(): boolean {
    return this.#hasFailed || (!this.#isWritingAside && !this.#isErasing && this.#next() === undefined)
  }

  #tellIdle(): void {
    if (this.#idle.length === 0 || !this.#isDone()) return
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}
