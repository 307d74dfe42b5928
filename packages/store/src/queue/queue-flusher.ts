import type { Clock, FileSystem, Timer } from '@cometmq/platform'
import { type StoreError, writeFailed } from '../error.ts'
import { forEachAtOnce } from '../for-each-at-once.ts'
import { unitBytes } from '../format/queue-unit.ts'
import { removeQueueFiles } from '../segment/remove-queue-files.ts'
import type { UnsyncedDirectories } from '../segment/unsynced-directories.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import type { QueueTable } from './queue-table.ts'

/** How long a unit waits in memory before it is written, when there are few queues. */
const writeDelayMs = 200
/** With very many queues passes over them begin so many times the duration of the last pass after it, so that they take a tenth of the time. */
const pauseAfterPass = 9
const maxPauseMs = 10_000
/** When so many bytes of units wait, they are written at once; with many queues only when each has some, since every one costs a write. */
const writeAtBytes = 64 * 1024
const writeAtBytesPerQueue = 128 * unitBytes
/** Files that are synced at the same time: the disk does two together in about the time of one, and other work wants threads too. */
const syncsAtOnce = 2
const pageBytes = 4096

export interface QueueFlusherParts {
  files: FileSystem
  clock: Clock
  queues: QueueTable
  directories: UnsyncedDirectories
  /** The windows of all queues are kept below, as far as the files have what is dropped. */
  windowsBytes: number
  /** Units are written at the latest when there are so many bytes of them. */
  maxUnwrittenBytes: number
  onFailure: (failure: StoreError) => void
}

/** A queue whose topic was deleted. */
interface Removal {
  readonly queue: ConsumeQueue
  /** From then on the deletion outlives the process; before, no file is touched. */
  readonly isNoted: Promise<void>
  readonly done: () => void
  readonly fail: (error: unknown) => void
}

interface DirtyFile {
  readonly queue: ConsumeQueue
  readonly start: number
  bytes: number
}

/**
 * Brings the units of all queues into their files, off the event loop: one pass at a time over the queues that have new ones. Without new units
 * it does nothing and has no timer.
 */
export class QueueFlusher {
  readonly #parts: QueueFlusherParts
  /** Queues with units that are not in the files. */
  #dirty = new Set<ConsumeQueue>()
  #unwrittenBytes = 0
  /** Files with units that are not durable, by path. */
  readonly #unsynced = new Map<string, DirtyFile>()
  /** Queues that hold memory, the one that has been idle longest first. */
  readonly #holders = new Set<ConsumeQueue>()
  #timer: Timer | undefined
  #pass: Promise<void> | undefined
  #syncing: Promise<void> = Promise.resolve()
  #removals: Removal[] = []
  #pauseMs = 0
  #hasFailed = false

  constructor(parts: QueueFlusherParts) {
    this.#parts = parts
  }

  get unwrittenBytes(): number {
    return this.#unwrittenBytes
  }

  get hasUnsynced(): boolean {
    return this.#unsynced.size > 0 || this.#dirty.size > 0
  }

  /** The queue has so many more units that are not in the files; recovery can make them fewer. */
  appended(queue: ConsumeQueue, units: number): void {
    if (queue.isRemoved) return queue.discard()
    this.#unwrittenBytes += units * unitBytes
    this.#dirty.add(queue)
    if (this.#hasFailed) return
    if (this.#unwrittenBytes >= writeAtBytes && this.#isPassDue() && this.#pass === undefined) void this.write()
    else this.#schedule()
  }

  /**
   * Removes the files of a queue that is in no table any more, before any new unit is written: another queue may get its name at once.
   * Resolves when they are gone; nothing is touched before `isNoted` has resolved.
   */
  remove(queue: ConsumeQueue, isNoted: Promise<void>): Promise<void> {
    return new Promise<void>((done, fail) => {
      this.#removals.push({ queue, isNoted, done, fail })
      void this.write()
    })
  }

  /** The names of the queue's files and folders are not known to be durable. */
  distrustNames(queue: ConsumeQueue): void {
    const { queues, directories } = this.#parts
    directories.add(queue.sequence.directory)
    directories.add(`${queues.directory}/${queue.topic}`)
    directories.add(queues.directory)
  }

  /** Writes all units that are there at the time of the call. Never rejects: a failure is told to `onFailure`. */
  async write(): Promise<void> {
    // A pass that is under way has perhaps gone by the queues that matter to the caller.
    if (this.#pass !== undefined) await this.#pass
    this.#pass ??= this.#writeDirty().finally(() => {
      this.#pass = undefined
    })
    await this.#pass
  }

  /** Makes durable the files of which at least `leastPages` were written. Rejects when a sync fails. */
  sync(leastPages: number): Promise<void> {
    const synced = this.#sync(leastPages)
    this.#syncing = synced.catch(() => undefined)
    return synced
  }

  async #sync(leastPages: number): Promise<void> {
    // Those that get units meanwhile are for the next time: with many queues under load there would be no end.
    const enough = [...this.#unsynced].filter(([, { bytes }]) => bytes >= leastPages * pageBytes)
    await forEachAtOnce(syncsAtOnce, enough, async ([path, { queue, start }]) => {
      this.#unsynced.delete(path)
      await queue.sequence.sync(start)
    })
    if (leastPages === 0) await this.#parts.directories.sync()
  }

  /** Stops the timer; what was to be written has been. */
  close(): void {
    this.#timer?.cancel()
  }

  #schedule(): void {
    this.#timer ??= this.#parts.clock.after(Math.max(writeDelayMs, this.#pauseMs), () => {
      this.#timer = undefined
      void this.write()
    })
  }

  #isPassDue(): boolean {
    const most = this.#parts.maxUnwrittenBytes / 2
    return this.#unwrittenBytes >= Math.min(most, this.#dirty.size * writeAtBytesPerQueue)
  }

  async #writeDirty(): Promise<void> {
    const { clock } = this.#parts
    const startedMs = clock.monotonicMs()
    const queues = this.#dirty
    this.#dirty = new Set()
    try {
      await this.#removeQueues(queues)
      for (const queue of queues) {
        if (this.#hasFailed) return
        const goal = queue.maxOffset
        while (queue.inFileOffset < goal) await this.#writeOne(queue)
        if (queue.isDirty) this.#dirty.add(queue)
        this.#holders.delete(queue)
        this.#holders.add(queue)
      }
      this.#releaseWindows()
      this.#pauseMs = Math.min(maxPauseMs, pauseAfterPass * (clock.monotonicMs() - startedMs))
      if (this.#dirty.size > 0) this.#schedule()
    } catch (error) {
      this.#hasFailed = true
      for (const { fail } of this.#removals.splice(0)) fail(error)
      this.#parts.onFailure(writeFailed('writing a consume queue', error))
    }
  }

  async #removeQueues(dirty: Set<ConsumeQueue>): Promise<void> {
    while (this.#removals.length > 0) {
      const { queue, isNoted, done, fail } = this.#removals[0]!
      try {
        await isNoted
        this.#unwrittenBytes -= queue.dirtyUnits * unitBytes
        queue.discard()
        for (const set of [dirty, this.#dirty, this.#holders]) set.delete(queue)
        for (const [path, file] of this.#unsynced) if (file.queue === queue) this.#unsynced.delete(path)
        await this.#syncing
        await removeQueueFiles(this.#parts.files, queue.sequence)
        this.#removals.shift()
        done()
      } catch (error) {
        this.#removals.shift()
        fail(error)
        throw error
      }
    }
  }

  async #writeOne(queue: ConsumeQueue): Promise<void> {
    const { directory } = queue.sequence
    if (queue.sequence.isEmpty) await this.#makeDirectories(queue)
    const { start, bytes, isNewFile } = await queue.writeUnits()
    this.#unwrittenBytes -= bytes
    if (isNewFile) this.#parts.directories.add(directory)
    const path = queue.sequence.path(start)
    const dirty = this.#unsynced.get(path)
    if (dirty === undefined) this.#unsynced.set(path, { queue, start, bytes })
    else dirty.bytes += bytes
  }

  async #makeDirectories(queue: ConsumeQueue): Promise<void> {
    await this.#parts.files.makeDirectory(queue.sequence.directory)
    this.distrustNames(queue)
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
