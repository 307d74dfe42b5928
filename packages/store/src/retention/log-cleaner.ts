import { type Clock, type FileSystem, type Logger, messageOf, sleep } from '@cometmq/platform'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { type Cleaning, type CleaningSettings, isExpired } from './cleaning-rules.ts'

export interface LogCleanerSettings extends CleaningSettings {
  readonly deleteFileBatchMax: number
  /** Milliseconds between two files. */
  readonly deleteCommitLogFilesInterval: number
  /** Milliseconds after which a file is tried again that could not be removed. */
  readonly redeleteHangedFileInterval: number
}

export interface LogCleanerParts {
  files: FileSystem
  clock: Clock
  logger: Logger
  sequence: SegmentSequence
  settings: LogCleanerSettings
  /** A file that ends at or before it is needed for nothing but to be read: it is flushed, and so are the queue units of its records. */
  durableOffset: () => number
  /** Moves `durableOffset` as far as it can be moved now. */
  makeDurable: () => Promise<unknown>
}

/** Removes files from the front of the log, one after the other, never one that is still written to or that a recovery would need. */
export class LogCleaner {
  readonly #parts: LogCleanerParts
  /** A file that could not be removed is not tried before. */
  #retryAtMs = Number.NEGATIVE_INFINITY

  constructor(parts: LogCleanerParts) {
    this.#parts = parts
  }

  /** Removes what may go, at most a batch; answers how many files that were. Ends early when `signal` aborts. */
  async clean(cleaning: Cleaning, signal: AbortSignal): Promise<number> {
    const { clock, settings } = this.#parts
    if (clock.monotonicMs() < this.#retryAtMs) return 0
    let removed = 0
    while (removed < settings.deleteFileBatchMax && !signal.aborted) {
      const start = await this.#next(cleaning)
      if (start === undefined || !(await this.#remove(start, cleaning))) break
      removed++
      if (removed < settings.deleteFileBatchMax) await this.#pause(signal)
    }
    return removed
  }

  /** The first file, when it may go. */
  async #next(cleaning: Cleaning): Promise<number | undefined> {
    const { files, clock, sequence, settings } = this.#parts
    const start = sequence.first
    if (start === undefined || start === sequence.last) return undefined
    const stat = await files.stat(sequence.path(start))
    if (!isExpired(stat?.modifiedAt ?? 0, clock.now(), cleaning, settings)) return undefined
    return (await this.#isDone(start + sequence.fileBytes)) ? start : undefined
  }

  async #isDone(end: number): Promise<boolean> {
    const { durableOffset, makeDurable } = this.#parts
    if (end > durableOffset()) await makeDurable()
    return end <= durableOffset()
  }

  async #remove(start: number, cleaning: Cleaning): Promise<boolean> {
    const { clock, logger, sequence, settings } = this.#parts
    const path = sequence.path(start)
    try {
      await sequence.removeFirst()
    } catch (error) {
      this.#retryAtMs = clock.monotonicMs() + settings.redeleteHangedFileInterval
      const details = { path, error: messageOf(error), retryInMs: settings.redeleteHangedFileInterval }
      logger.error(details, 'a file of the commit log could not be removed; those behind it stay until it is')
      return false
    }
    logger.info({ path, ...cleaning, minPhysicalOffset: sequence.first }, 'removed a file of the commit log')
    return true
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#parts
    // Aborted means only that the loop has to end, which it sees for itself.
    await sleep(clock, settings.deleteCommitLogFilesInterval, signal).catch(() => undefined)
  }
}
