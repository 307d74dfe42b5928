import {
  type Clock,
  type FileSystem,
  isOutOfSpace,
  type Logger,
  messageOf,
  replaceFile,
  type Timer,
} from '@cometmq/platform'
import { type StoreError, writeFailed } from '../error.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  emptyCheckpoint,
  encodeCheckpoint,
  indexClaimAt,
  indexClaimBytes,
} from '../format/checkpoint.ts'
import type { IndexClaim, KeyIndex } from '../index-files/key-index.ts'
import type { LogFlusher } from '../log/log-flusher.ts'
import type { RecordMark } from '../log/record-mark.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'

export interface CheckpointerParts {
  files: FileSystem
  clock: Clock
  logger: Logger
  path: string
  logFlusher: LogFlusher
  queueFlusher: QueueFlusher
  keyIndex: Pick<KeyIndex, 'flush' | 'isChanged'>
  /** The last record whose unit is made. */
  lastRecord: () => RecordMark | undefined
  intervalMs: number
  leastPages: number
  thoroughIntervalMs: number
  /** The checkpoint is written with the next pass over the queues when the log has grown by so much since it was, whatever the interval. */
  afterBytes: number
  onFailure: (failure: StoreError) => void
  /** There is no room for the checkpoint; it is tried again. */
  onFull: (error: unknown) => void
}

/**
 * A checkpoint that is written because the log has grown begins so many times as long after the queues were synced as that took: syncing very many
 * must not become all that the disk does. Until then recovery has more to read.
 */
const pauseAfterSync = 9

/** The key index is not made durable more often, but at the end. */
const indexPauseMs = 10_000

/**
 * Makes queues durable from time to time and writes down how far they are, which is where recovery begins. It claims only what was durable when
 * it was written: first the log, then the units of all records up to the one that is named, then the claim. Without new units it has no timer.
 * On a full disk the old checkpoint stays, and is replaced when there is room.
 */
export class Checkpointer {
  readonly #parts: CheckpointerParts
  #checkpoint: Checkpoint
  #timer: Timer | undefined
  #lastThoroughMs: number
  /** No checkpoint is written for the growth of the log before. */
  #pauseUntilMs = Number.NEGATIVE_INFINITY
  /** A checkpoint for the growth of the log waits for its turn, or is being written. */
  #isGrowthAnswered = false
  #isWriting = false
  #lastIndexMs = Number.NEGATIVE_INFINITY
  #work: Promise<void> = Promise.resolve()
  #isStopped = false
  /** There was no room for the checkpoint. */
  #isBehind = false
  #durableUnitsOffset = 0

  constructor(parts: CheckpointerParts, checkpoint: Checkpoint) {
    this.#parts = parts
    this.#checkpoint = { ...checkpoint }
    this.#lastThoroughMs = parts.clock.monotonicMs()
    parts.queueFlusher.onPass((isWritten) => void this.#onPass(isWritten))
  }

  /** There are new units. */
  arm(): void {
    if (this.#isStopped || this.#timer !== undefined) return
    this.#timer = this.#parts.clock.after(this.#parts.intervalMs, () => {
      void this.#onInterval()
    })
  }

  /** Writes the checkpoint at the next interval, however little time has passed. */
  hurry(): void {
    this.#lastThoroughMs = Number.NEGATIVE_INFINITY
    this.arm()
  }

  /** Of all records that begin before it, the units are durable: the log needs their files no more for its queues. */
  get durableUnitsOffset(): number {
    return this.#durableUnitsOffset
  }

  /**
   * Makes everything durable that can be read now, and writes the checkpoint. Answers false when there was no room for all of it; rejects when it
   * fails otherwise, which is for good.
   */
  write(): Promise<boolean> {
    const { lastRecord, queueFlusher } = this.#parts
    return this.#inTurn(() => this.#write(lastRecord(), () => queueFlusher.write()))
  }

  #inTurn(write: () => Promise<boolean>): Promise<boolean> {
    const written = this.#work.then(write).catch((error) => this.#fail(error))
    this.#work = written.then(
      () => undefined,
      () => undefined,
    )
    return written
  }

  /** A key index file was filled: makes sure that it need not be made again after a crash. */
  onIndexFileFilled(): void {
    this.#lastIndexMs = Number.NEGATIVE_INFINITY
    if (!this.#isStopped) void this.#writtenOrFailed(this.write())
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
    return grown >= afterBytes && !this.#isBehind && clock.monotonicMs() >= this.#pauseUntilMs
  }

  /**
   * The queues are being written, with the units of all records so far. When the log has grown by enough, the checkpoint follows: a pass of its own over
   * very many queues would double what they cost.
   */
  async #onPass(isWritten: Promise<boolean>): Promise<void> {
    if (this.#isStopped || this.#isWriting || this.#isGrowthAnswered || !this.#hasGrown()) return
    this.#isGrowthAnswered = true
    const last = this.#parts.lastRecord()
    await this.#writtenOrFailed(this.#inTurn(() => this.#write(last, () => isWritten)))
    this.#isGrowthAnswered = false
  }

  /** Whatever failed was told to `onFailure`. */
  async #writtenOrFailed(written: Promise<boolean>): Promise<void> {
    try {
      await written
    } catch (error) {
      this.#parts.logger.debug({ error: messageOf(error) }, 'the checkpoint is not written any more')
    }
  }

  async #onInterval(): Promise<void> {
    const { clock, queueFlusher, keyIndex, leastPages, thoroughIntervalMs, logger } = this.#parts
    try {
      if (this.#isBehind || clock.monotonicMs() - this.#lastThoroughMs >= thoroughIntervalMs) await this.write()
      else {
        const synced = this.#work.then(() => queueFlusher.sync(leastPages)).catch((error) => this.#fail(error))
        this.#work = synced.catch(() => undefined)
        await synced
      }
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'the checkpoint is not written any more')
    }
    this.#timer = undefined
    if (queueFlusher.hasUnsynced || keyIndex.isChanged || this.#isBehind) this.arm()
  }

  /** A flush of the key index writes most of its slots, 20 MB: not for every checkpoint that the growth of the log asks for. */
  #isIndexDue(nowMs: number): boolean {
    const isDue = this.#isStopped || nowMs - this.#lastIndexMs >= Math.min(indexPauseMs, this.#parts.thoroughIntervalMs)
    if (isDue) this.#lastIndexMs = nowMs
    return isDue
  }

  #fail(error: unknown): never {
    this.#isStopped = true
    this.#parts.onFailure(writeFailed('making the consume queues durable', error))
    throw error
  }

  /** `writeUnits` brings the units of all records up to `last` into the files, and answers whether that worked. */
  async #write(last: RecordMark | undefined, writeUnits: () => Promise<boolean>): Promise<boolean> {
    this.#lastThoroughMs = this.#parts.clock.monotonicMs()
    this.#isWriting = true
    try {
      this.#isBehind = !(await this.#makeDurable(last, writeUnits))
    } finally {
      this.#isWriting = false
    }
    if (this.#isBehind) this.arm()
    return !this.#isBehind
  }

  async #makeDurable(last: RecordMark | undefined, writeUnits: () => Promise<boolean>): Promise<boolean> {
    const { clock, logFlusher, queueFlusher, keyIndex } = this.#parts
    await logFlusher.flush()
    const isComplete = await writeUnits()
    // Taken before the sync: what is written meanwhile may not be covered by it.
    const firstMissing = queueFlusher.firstUnwrittenOffset ?? Number.POSITIVE_INFINITY
    const startedMs = clock.monotonicMs()
    await queueFlusher.sync(0)
    const endedMs = clock.monotonicMs()
    this.#pauseUntilMs = endedMs + pauseAfterSync * (endedMs - startedMs)
    if (last !== undefined) this.#durableUnitsOffset = Math.min(last.physicalOffset, firstMissing)
    if (!isComplete) return false
    const indexed = this.#isIndexDue(clock.monotonicMs()) ? await keyIndex.flush() : undefined
    return this.#claim(last, indexed)
  }

  async #claim(last: RecordMark | undefined, indexed: IndexClaim | undefined): Promise<boolean> {
    const { files, path, onFull } = this.#parts
    const claimed = { ...this.#checkpoint }
    if (last !== undefined) {
      claimed.physicMsgTimestamp = last.storeTimestamp
      claimed.logicsMsgTimestamp = last.storeTimestamp
      claimed.logicsPhysicalOffset = last.physicalOffset
      claimed.durableLogOffset = last.physicalOffset
    }
    if (indexed !== undefined) {
      // Never back: after a crash, files that say they have later messages are made again.
      claimed.indexMsgTimestamp = Math.max(claimed.indexMsgTimestamp, indexed.endTimestamp)
      claimed.indexedOffset = indexed.indexedOffset
      claimed.indexEndOffset = indexed.endPhysicalOffset
    }
    try {
      await replaceFile(files, path, encodeCheckpoint(claimed))
      this.#checkpoint = claimed
      return true
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      onFull(error)
      return false
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

/** Takes back what the checkpoint says of the key index. In place, within a sector: it takes no room on a full disk. */
export async function withdrawIndexClaim(files: FileSystem, path: string): Promise<void> {
  if ((await files.stat(path)) === undefined) return
  const file = await files.open(path)
  try {
    await file.write(Buffer.alloc(indexClaimBytes), indexClaimAt)
    await file.sync()
  } finally {
    await file.close()
  }
}
