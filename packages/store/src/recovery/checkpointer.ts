import { type Clock, type FileSystem, type Logger, messageOf, replaceFile, type Timer } from '@cometmq/platform'
import { type StoreError, writeFailed } from '../error.ts'
import { type Checkpoint, decodeCheckpoint, emptyCheckpoint, encodeCheckpoint } from '../format/checkpoint.ts'
import type { LogFlusher } from '../log/log-flusher.ts'
import type { RecordMark } from '../log/record-mark.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'

export interface CheckpointerParts {
  files: FileSystem
  clock: Clock
  path: string
  logFlusher: LogFlusher
  queueFlusher: QueueFlusher
  /** The last record whose unit is made. */
  lastRecord: () => RecordMark | undefined
  intervalMs: number
  leastPages: number
  thoroughIntervalMs: number
  /** The checkpoint is written when the log has grown by so much since it was, whatever the interval. */
  afterBytes: number
  onFailure: (failure: StoreError) => void
}

/**
 * A checkpoint that is written because the log has grown begins so many times the duration of the one before after it: syncing very many queues
 * must not become all that the disk does. Until then recovery has more to read.
 */
const pauseAfterWrite = 3

/**
 * Makes queues durable from time to time and writes down how far they are, which is where recovery begins. It claims only what was durable when
 * it was written: first the log, then the units of all records up to the one that is named, then the claim. Without new units it has no timer.
 */
export class Checkpointer {
  readonly #parts: CheckpointerParts
  readonly #checkpoint: Checkpoint
  #timer: Timer | undefined
  #lastThoroughMs: number
  /** No checkpoint is written for the growth of the log before. */
  #pauseUntilMs = Number.NEGATIVE_INFINITY
  #isWriting = false
  #work: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(parts: CheckpointerParts, checkpoint: Checkpoint) {
    this.#parts = parts
    this.#checkpoint = { ...checkpoint }
    this.#lastThoroughMs = parts.clock.monotonicMs()
  }

  /** There are new units. */
  arm(): void {
    if (this.#isStopped) return
    if (this.#hasGrown()) void this.#writeOrFail()
    if (this.#timer !== undefined) return
    this.#timer = this.#parts.clock.after(this.#parts.intervalMs, () => {
      void this.#onInterval()
    })
  }

  /** Writes the checkpoint at the next interval, however little time has passed. */
  hurry(): void {
    this.#lastThoroughMs = Number.NEGATIVE_INFINITY
    this.arm()
  }

  /** Makes everything durable that can be read now, and writes the checkpoint. Rejects when that fails. */
  write(): Promise<void> {
    const written = this.#work.then(() => this.#write())
    this.#work = written.catch(() => undefined)
    return written
  }

  /** Stops the timer, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#work
  }

  #hasGrown(): boolean {
    const { lastRecord, afterBytes, clock } = this.#parts
    const grown = (lastRecord()?.physicalOffset ?? 0) - this.#checkpoint.logicsPhysicalOffset
    return grown >= afterBytes && !this.#isWriting && clock.monotonicMs() >= this.#pauseUntilMs
  }

  async #writeOrFail(): Promise<void> {
    try {
      await this.write()
    } catch (error) {
      this.#isStopped = true
      this.#parts.onFailure(writeFailed('making the consume queues durable', error))
    }
  }

  async #onInterval(): Promise<void> {
    const { clock, queueFlusher, leastPages, thoroughIntervalMs, onFailure } = this.#parts
    try {
      if (clock.monotonicMs() - this.#lastThoroughMs >= thoroughIntervalMs) await this.write()
      else {
        const synced = this.#work.then(() => queueFlusher.sync(leastPages))
        this.#work = synced.catch(() => undefined)
        await synced
      }
    } catch (error) {
      this.#isStopped = true
      onFailure(writeFailed('making the consume queues durable', error))
    }
    this.#timer = undefined
    if (queueFlusher.hasUnsynced) this.arm()
  }

  async #write(): Promise<void> {
    const { files, clock, path, logFlusher, queueFlusher, lastRecord } = this.#parts
    const startedMs = clock.monotonicMs()
    this.#lastThoroughMs = startedMs
    this.#isWriting = true
    try {
      const last = lastRecord()
      await logFlusher.flush()
      await queueFlusher.write()
      await queueFlusher.sync(0)
      if (last !== undefined) {
        this.#checkpoint.physicMsgTimestamp = last.storeTimestamp
        this.#checkpoint.logicsMsgTimestamp = last.storeTimestamp
        this.#checkpoint.logicsPhysicalOffset = last.physicalOffset
        this.#checkpoint.durableLogOffset = last.physicalOffset
      }
      await replaceFile(files, path, encodeCheckpoint(this.#checkpoint))
    } finally {
      this.#isWriting = false
      const endedMs = clock.monotonicMs()
      this.#pauseUntilMs = endedMs + pauseAfterWrite * (endedMs - startedMs)
    }
  }
}

/** What the checkpoint says; nothing when it is missing or damaged, so that recovery begins at the first file. */
export async function readCheckpoint(files: FileSystem, path: string, logger: Logger): Promise<Checkpoint> {
  if ((await files.stat(path)) === undefined) return emptyCheckpoint()
  try {
    const checkpoint = decodeCheckpoint(await files.readFile(path))
    if (checkpoint !== undefined) return checkpoint
    logger.warn({ path }, 'the checkpoint is damaged: recovering from the first file of the log')
  } catch (error) {
    logger.warn({ path, error: messageOf(error) }, 'the checkpoint cannot be read: recovering from the first file')
  }
  return emptyCheckpoint()
}
