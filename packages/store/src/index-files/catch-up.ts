import { type Clock, type Logger, sleep } from '@cometmq/platform'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { LogWalker, type OnRecord } from './log-walker.ts'

/** A stretch of the log up to this length is indexed while the store is opened, a longer one while it runs. */
const maxBytesAtOpen = 64 * 1024 * 1024
/** How fast the log is read for an index that is behind while the store runs. */
const catchUpBytesPerSecond = 64 * 1024 * 1024
const progressPeriodMs = 5_000

export interface CatchUpParts {
  clock: Clock
  logger: Logger
  log: SegmentSequence
  /** Offset behind the last record that can be read. */
  dispatched: () => number
  /** Takes a record that was read from the log. */
  onRecord: OnRecord
  /** Resolves when there is room in memory for the keys of more records. */
  room: () => Promise<void>
  onFailure: (error: unknown) => void
  /** Reading ends when it aborts. */
  stopping: AbortSignal
}

/**
 * How far the key index is: either live, when it gets each record as it comes, or behind, when it reads the log from `reached` on until nothing is left. A long
 * stretch is read while the store runs, and not faster than leaves the disk to others.
 */
export class CatchUp {
  readonly #parts: CatchUpParts
  readonly #walker: LogWalker
  #isLive = false
  #next: number
  #reading: Promise<void> = Promise.resolve()

  constructor(parts: CatchUpParts, next: number) {
    this.#parts = parts
    this.#next = next
    this.#walker = new LogWalker(parts.log, (position, reason) =>
      parts.logger.error({ position, reason }, 'no record where one must be: it and those behind it are not indexed'),
    )
  }

  get isLive(): boolean {
    return this.#isLive
  }

  /** Records before it were handed over. */
  get reached(): number {
    return this.#isLive ? this.#parts.dispatched() : this.#next
  }

  /** Bytes of log that are still to be read. */
  get behindBytes(): number {
    return this.#isLive ? 0 : Math.max(0, this.#parts.dispatched() - this.#next)
  }

  /** Reads what is missing, a long stretch after this has resolved. */
  async start(): Promise<void> {
    const bytes = this.behindBytes
    if (bytes <= maxBytesAtOpen) return this.#goOn(false)
    this.#parts.logger.info({ from: this.#next, bytes }, 'making the key index of older messages')
    this.#reading = this.#goOn(true)
  }

  /** The record at `physicalOffset` was left out: reads the log from there on. */
  fallBehind(physicalOffset: number): void {
    this.#parts.logger.warn({ from: physicalOffset }, 'the key index does not keep up, and goes on from the log')
    this.#isLive = false
    this.#next = physicalOffset
    this.#reading = this.#goOn(true)
  }

  /** Takes no record any more. */
  end(): void {
    this.#isLive = false
  }

  /** Waits for the reading that is under way; after `stopping` has aborted. */
  settled(): Promise<void> {
    return this.#reading
  }

  async #goOn(isPaced: boolean): Promise<void> {
    const { clock, logger, dispatched, onRecord, room, onFailure, stopping } = this.#parts
    const from = this.#next
    let nextReportMs = clock.monotonicMs() + progressPeriodMs
    try {
      while (!stopping.aborted) {
        if (this.#next >= dispatched()) {
          this.#isLive = true
          if (isPaced) logger.info({ from, to: this.#next }, 'the key index is complete')
          return
        }
        await room()
        const before = this.#next
        this.#next = await this.#walker.walk(before, dispatched(), onRecord)
        if (!isPaced) continue
        await sleep(clock, ((this.#next - before) * 1000) / catchUpBytesPerSecond, stopping)
        if (clock.monotonicMs() < nextReportMs) continue
        nextReportMs = clock.monotonicMs() + progressPeriodMs
        logger.info({ position: this.#next, of: dispatched() }, 'making the key index')
      }
    } catch (error) {
      if (!stopping.aborted) onFailure(error)
    }
  }
}
