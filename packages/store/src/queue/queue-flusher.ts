import { type Clock, type FileSystem, isOutOfSpace, type Timer } from '@cometmq/platform'
import { type StoreError, writeFailed } from '../error.ts'
import { unitBytes } from '../format/queue-unit.ts'
import { removeQueueFiles } from '../segment/remove-queue-files.ts'
import type { UnsyncedDirectories } from '../segment/unsynced-directories.ts'
import { BatchQueue } from './batch-queue.ts'
import type { BatchQueues } from './batch-queues.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import type { QueueTable } from './queue-table.ts'
import { UnitWriter } from './unit-writer.ts'
import { UnsyncedFiles } from './unsynced-files.ts'

/** How long a unit waits in memory before it is written, when there are few queues. */
const writeDelayMs = 200
/** With very many queues passes over them begin so many times the duration of the last pass after it, so that they take a twentieth of the time. */
const pauseAfterPass = 19
const maxPauseMs = 10_000
/** When there was no room for units, they are tried again after so long. */
const retryFullMs = 1_000
/** When so many bytes of units wait, they are written at once; with many queues only when each has some, since every one costs a write. */
const writeAtBytes = 64 * 1024
const writeAtBytesPerQueue = 128 * unitBytes

export interface QueueFlusherParts {
  files: FileSystem
  clock: Clock
  queues: QueueTable
  /** Written and synced together with the others. */
  batches: BatchQueues
  directories: UnsyncedDirectories
  /** The windows of all queues are kept below, as far as the files have what is dropped. */
  windowsBytes: number
  /** Units are written at the latest when there are so many bytes of them. */
  maxUnwrittenBytes: number
  /** With more queues than files may be open, handles are not kept, and not every file is synced by itself. */
  maxOpenFiles: number
  onFailure: (failure: StoreError) => void
  /** There is no room for units; they stay in memory, and are tried again. */
  onFull: (error: unknown) => void
}

/** A queue whose topic was deleted. */
interface Removal {
  readonly queue: ConsumeQueue | BatchQueue
  /** From then on the deletion outlives the process; before, no file is touched. */
  readonly isNoted: Promise<void>
  readonly done: () => void
  readonly fail: (error: unknown) => void
}

/** Brings the units of all queues into their files: one pass at a time over the queues that have new ones. Without new units it does nothing and has no timer. */
export class QueueFlusher {
  readonly #parts: QueueFlusherParts
  /** Queues with units that are not in the files, each of which `isListed`. */
  #dirty = new Set<ConsumeQueue>()
  /** Those of them that the pass under way still has before it. */
  #writing = new Set<ConsumeQueue>()
  #unwrittenBytes = 0
  readonly #unsynced: UnsyncedFiles
  readonly #writer: UnitWriter
  /** Queues that hold memory, the one that has been idle longest first. */
  readonly #holders = new Set<ConsumeQueue>()
  #timer: Timer | undefined
  #pass: Promise<boolean> | undefined
  #onPass: (isWritten: Promise<boolean>) => void = () => undefined
  #syncing: Promise<void> = Promise.resolve()
  #removals: Removal[] = []
  #pauseMs = 0
  #hasFailed = false
  #isFull = false

  constructor(parts: QueueFlusherParts) {
    this.#parts = parts
    const { files, clock, directories, maxOpenFiles } = parts
    this.#unsynced = new UnsyncedFiles({ files, directories, maxOneByOne: maxOpenFiles })
    const onWritten = (bytes: number) => {
      this.#unwrittenBytes -= bytes
    }
    this.#writer = new UnitWriter({ files, clock, directories, unsynced: this.#unsynced, maxOpenFiles, onWritten })
  }

  get unwrittenBytes(): number {
    return this.#unwrittenBytes + this.#parts.batches.unwrittenBytes
  }

  get hasUnsynced(): boolean {
    return this.#unsynced.size > 0 || this.#dirty.size > 0 || this.#parts.batches.hasUnsynced
  }

  /** Where the record of the first unit lies that is not in a file; `undefined` when all are. */
  get firstUnwrittenOffset(): number | undefined {
    let first = this.#parts.batches.firstUnwrittenOffset
    for (const queues of [this.#writing, this.#dirty]) {
      for (const queue of queues)
        if (queue.isDirty) first = Math.min(first ?? Number.POSITIVE_INFINITY, queue.firstUnwrittenOffset)
    }
    return first
  }

  /** The queue has so many more units that are not in the files; recovery can make them fewer. */
  appended(queue: ConsumeQueue, units: number): void {
    if (queue.isRemoved) return queue.discard()
    this.#unwrittenBytes += units * unitBytes
    if (!queue.isListed) {
      queue.isListed = true
      this.#dirty.add(queue)
    }
    if (this.#hasFailed) return
    const isMuch = this.#unwrittenBytes >= writeAtBytes && this.#isPassDue()
    if (isMuch && this.#pass === undefined && !this.#isFull) void this.write()
    else this.#schedule()
  }

  /** The batch queue has one more unit. */
  batchAppended(queue: BatchQueue): void {
    this.#parts.batches.appended(queue, 1)
    if (!this.#hasFailed) this.#schedule()
  }

  /**
   * Removes the files of a queue that is in no table any more, before any new unit is written: another queue may get its name at once.
   * Resolves when they are gone; nothing is touched before `isNoted` has resolved.
   */
  remove(queue: ConsumeQueue | BatchQueue, isNoted: Promise<void>): Promise<void> {
    return new Promise<void>((done, fail) => {
      this.#removals.push({ queue, isNoted, done, fail })
      void this.write()
    })
  }

  /** `listener` is told from now on when a pass begins, which brings all units that are there into the files, unless it resolves to false. */
  onPass(listener: (isWritten: Promise<boolean>) => void): void {
    this.#onPass = listener
  }

  /** The names of the queue's files and folders are not known to be durable. */
  distrustNames(queue: ConsumeQueue): void {
    this.#writer.distrustNames(queue)
  }

  /**
   * Writes all units that are there at the time of the call, and answers whether that worked. Never rejects: a failure is told to `onFailure`, and a
   * full disk to `onFull`.
   */
  async write(): Promise<boolean> {
    // A pass that is under way has perhaps gone by the queues that matter to the caller.
    if (this.#pass !== undefined) await this.#pass
    return this.#pass ?? this.#beginPass()
  }

  #beginPass(): Promise<boolean> {
    const pass = this.#writeDirty().finally(() => {
      this.#pass = undefined
    })
    this.#pass = pass
    this.#onPass(pass)
    return pass
  }

  /** Makes durable the files of which at least `leastPages` were written. Rejects when a sync fails. */
  sync(leastPages: number): Promise<void> {
    const synced = this.#sync(leastPages)
    this.#syncing = synced.catch(() => undefined)
    return synced
  }

  async #sync(leastPages: number): Promise<void> {
    await this.#parts.batches.sync()
    await this.#unsynced.sync(leastPages)
  }

  /** Stops the timer; what was to be written has been. */
  close(): void {
    this.#timer?.cancel()
  }

  #schedule(delayMs = Math.max(writeDelayMs, this.#pauseMs)): void {
    this.#timer ??= this.#parts.clock.after(delayMs, () => {
      this.#timer = undefined
      void this.write()
    })
  }

  #isPassDue(): boolean {
    const most = this.#parts.maxUnwrittenBytes / 2
    return this.#unwrittenBytes >= Math.min(most, this.#dirty.size * writeAtBytesPerQueue)
  }

  async #writeDirty(): Promise<boolean> {
    const { clock } = this.#parts
    const startedMs = clock.monotonicMs()
    const queues = this.#dirty
    this.#writing = queues
    this.#dirty = new Set()
    try {
      if (!(await this.#removeQueues(queues))) return false
      await this.#writer.begin(queues)
      for (const queue of queues) {
        if (this.#hasFailed) return false
        const written = this.#writer.write(queue)
        if (written !== undefined) await written
        queues.delete(queue)
        queue.isListed = queue.isDirty
        if (queue.isListed) this.#dirty.add(queue)
        this.#holders.delete(queue)
        this.#holders.add(queue)
      }
      await this.#parts.batches.write()
      this.#releaseWindows()
      this.#pauseMs = Math.min(maxPauseMs, pauseAfterPass * (clock.monotonicMs() - startedMs))
      this.#isFull = false
      if (this.#dirty.size > 0) this.#schedule()
      return true
    } catch (error) {
      for (const queue of queues) this.#dirty.add(queue)
      this.#writing = new Set()
      if (isOutOfSpace(error)) this.#waitForRoom(queues, error)
      else this.#fail('writing a consume queue', error)
      return false
    }
  }

  #fail(what: string, error: unknown): void {
    this.#hasFailed = true
    for (const { fail } of this.#removals.splice(0)) fail(error)
    this.#parts.onFailure(writeFailed(what, error))
  }

  #waitForRoom(queues: ReadonlySet<ConsumeQueue>, error: unknown): void {
    // The first of them is the one that there was no room for, perhaps after its file was made.
    for (const queue of queues) {
      this.distrustNames(queue)
      break
    }
    this.#isFull = true
    this.#schedule(retryFullMs)
    this.#parts.onFull(error)
  }

  /** False when that failed, which is for good. */
  async #removeQueues(dirty: Set<ConsumeQueue>): Promise<boolean> {
    while (this.#removals.length > 0) {
      const { queue, isNoted, done, fail } = this.#removals[0]!
      try {
        await isNoted
        if (queue instanceof BatchQueue) {
          await this.#syncing
          await this.#parts.batches.remove(queue)
        } else await this.#removeQueue(queue, dirty)
        this.#removals.shift()
        done()
      } catch (error) {
        this.#removals.shift()
        fail(error)
        this.#fail('removing a consume queue', error)
        return false
      }
    }
    return true
  }

  async #removeQueue(queue: ConsumeQueue, dirty: Set<ConsumeQueue>): Promise<void> {
    this.#unwrittenBytes -= queue.dirtyUnits * unitBytes
    queue.discard()
    for (const set of [dirty, this.#dirty, this.#holders]) set.delete(queue)
    this.#unsynced.forget(queue)
    await this.#syncing
    await removeQueueFiles(this.#parts.files, queue.sequence)
    if (queue.extended !== undefined) await removeQueueFiles(this.#parts.files, queue.extended.sequence)
  }

  #releaseWindows(): void {
    const { queues, windowsBytes } = this.#parts
    for (const queue of this.#holders) {
      if (queues.memory.bytes <= windowsBytes) return
      if (queue.isDirty) continue
      queue.releaseWindow()
      this.#holders.delete(queue)
    }
  }
}
