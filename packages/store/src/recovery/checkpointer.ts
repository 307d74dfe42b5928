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
  onFailure: (failure: StoreError) => void
}

/**
 * Makes queues durable from time to time and writes down how far they are, which is where recovery begins. It claims only what was durable when
 * it was written: first the log, then the units of all records up to the one that is named, then the claim. Without new units it has no timer.
 */
export class Checkpointer {
  readonly #parts: CheckpointerParts
  readonly #checkpoint: Checkpoint
  #timer: Timer | undefined
  #lastThoroughMs: number
  #work: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(parts: CheckpointerParts, checkpoint: Checkpoint) {
    this.#parts = parts
    this.#checkpoint = { ...checkpoint }
    this.#lastThoroughMs = parts.clock.monotonicMs()
  }

  /** There are new units. */
  arm(): void {
    if (this.#timer !== undefined || this.#isStopped) return
    this.#timer = this.#parts.clock.after(this.#parts.intervalMs, () => {
      void this.#onInterval()
    })
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
    this.#lastThoroughMs = clock.monotonicMs()
    const last = lastRecord()
    await logFlusher.flush()
    await queueFlusher.write()
    await queueFlusher.sync(0)
    if (last !== undefined) {
      this.#checkpoint.physicMsgTimestamp = last.storeTimestamp
      this.#checkpoint.logicsMsgTimestamp = last.storeTimestamp
      this.#checkpoint.logicsPhysicalOffset = last.physicalOffset
    }
    await replaceFile(files, path, encodeCheckpoint(this.#checkpoint))
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
