import type { FileSystem } from '@cometmq/platform'
import { forEachAtOnce } from '../for-each-at-once.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import type { UnsyncedDirectories } from '../segment/unsynced-directories.ts'
import type { ConsumeQueue } from './consume-queue.ts'

/** Files that are synced at the same time: the disk does two together in about the time of one, and other work wants threads too. */
const syncsAtOnce = 2
const pageBytes = 4096

/** Of one sequence, mostly its last file alone. */
interface Unsynced {
  readonly queue: ConsumeQueue
  /** Where the first and the last of them begin. */
  first: number
  last: number
  bytes: number
}

export interface UnsyncedFilesParts {
  files: FileSystem
  directories: UnsyncedDirectories
  /** More files than these are synced with the whole disk, where there is such a thing: it takes a fraction of the time. */
  maxOneByOne: number
}

/** Files of queues with units that are not durable. */
export class UnsyncedFiles {
  readonly #parts: UnsyncedFilesParts
  readonly #unsynced = new Map<SegmentSequence, Unsynced>()

  constructor(parts: UnsyncedFilesParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#unsynced.size
  }

  /** So many bytes were written to the file that begins at `start`. */
  note(queue: ConsumeQueue, sequence: SegmentSequence, start: number, bytes: number): void {
    const known = this.#unsynced.get(sequence)
    if (known === undefined) {
      this.#unsynced.set(sequence, { queue, first: start, last: start, bytes })
      return
    }
    known.first = Math.min(known.first, start)
    known.last = Math.max(known.last, start)
    known.bytes += bytes
  }

  /** The queue's files are going to be removed. */
  forget(queue: ConsumeQueue): void {
    for (const [sequence, files] of this.#unsynced) if (files.queue === queue) this.#unsynced.delete(sequence)
  }

  /** Makes durable the files of which at least `leastPages` were written; with 0 the names of files too. Rejects when a sync fails. */
  async sync(leastPages: number): Promise<void> {
    // Those that get units meanwhile are for the next time: with many queues under load there would be no end.
    const enough = [...this.#unsynced].filter(([, { bytes }]) => bytes >= leastPages * pageBytes)
    if (enough.length > this.#parts.maxOneByOne && (await this.#syncTogether(enough))) return
    await forEachAtOnce(syncsAtOnce, enough, async ([sequence, { first, last }]) => {
      this.#unsynced.delete(sequence)
      for (let start = first; start <= last; start += sequence.fileBytes) await sequence.sync(start)
    })
    if (leastPages === 0) await this.#parts.directories.sync()
  }

  /** Makes durable the lengths of last files that were just made. */
  async syncLengths(made: readonly SegmentSequence[]): Promise<void> {
    if (made.length === 0 || (await this.#syncDisk(made[0]!.directory))) return
    await forEachAtOnce(syncsAtOnce, made, (sequence) => sequence.sync(sequence.last!))
  }

  async #syncTogether(all: readonly [SegmentSequence, Unsynced][]): Promise<boolean> {
    for (const [sequence] of all) this.#unsynced.delete(sequence)
    if (await this.#syncDisk(all[0]![0].directory)) return true
    for (const [sequence, { queue, first, last, bytes }] of all) {
      if (queue.isRemoved) continue
      this.note(queue, sequence, first, bytes)
      this.note(queue, sequence, last, 0)
    }
    return false
  }

  async #syncDisk(directory: string): Promise<boolean> {
    const { files, directories } = this.#parts
    const folders = directories.take()
    if (await files.syncDisk(directory)) return true
    for (const folder of folders) directories.add(folder)
    return false
  }
}
