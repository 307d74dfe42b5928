import type { FileSystem } from '@cometmq/platform'
import { batchUnitBytes } from '../format/batch-unit.ts'
import type { OpenFiles } from '../segment/open-files.ts'
import { removeQueueFiles } from '../segment/remove-queue-files.ts'
import { SegmentSequence } from '../segment/segment-sequence.ts'
import type { UnsyncedDirectories } from '../segment/unsynced-directories.ts'
import { BatchQueue } from './batch-queue.ts'

export interface BatchQueuesParts {
  files: FileSystem
  handles: OpenFiles
  directory: string
  fileBytes: number
  directories: UnsyncedDirectories
  /** Whether the topic has `queue.type=BatchCQ`. */
  isBatchTopic: (topic: string) => boolean
}

/** All batch queues, with what of them is not in the files, or not durable. Written and synced together with the other queues. */
export class BatchQueues {
  readonly #parts: BatchQueuesParts
  readonly #topics = new Map<string, Map<number, BatchQueue>>()
  readonly #dirty = new Set<BatchQueue>()
  #unwrittenBytes = 0
  readonly #unsynced = new Map<string, { sequence: SegmentSequence; start: number }>()

  constructor(parts: BatchQueuesParts) {
    this.#parts = parts
  }

  get hasUnsynced(): boolean {
    return this.#dirty.size > 0 || this.#unsynced.size > 0
  }

  isBatchTopic(topic: string): boolean {
    return this.#parts.isBatchTopic(topic)
  }

  find(topic: string, queueId: number): BatchQueue | undefined {
    return this.#topics.get(topic)?.get(queueId)
  }

  findOrMake(topic: string, queueId: number): BatchQueue {
    const { files, handles, directory, fileBytes } = this.#parts
    const found = this.find(topic, queueId)
    if (found !== undefined) return found
    return this.add(topic, queueId, new SegmentSequence(files, handles, `${directory}/${topic}/${queueId}`, fileBytes))
  }

  add(topic: string, queueId: number, sequence: SegmentSequence): BatchQueue {
    const queue = new BatchQueue(topic, queueId, sequence)
    let queues = this.#topics.get(topic)
    if (queues === undefined) this.#topics.set(topic, (queues = new Map()))
    queues.set(queueId, queue)
    return queue
  }

  /** The queue has so many more units that are not in the files; recovery can make them fewer. */
  appended(queue: BatchQueue, units: number): void {
    if (queue.isRemoved) return
    this.#dirty.add(queue)
    this.#unwrittenBytes += units * batchUnitBytes
  }

  /** Bytes of units that are in memory only. */
  get unwrittenBytes(): number {
    return this.#unwrittenBytes
  }

  /** Where the record of the first unit lies that is not in a file; `undefined` when all are. */
  get firstUnwrittenOffset(): number | undefined {
    let first: number | undefined
    for (const { firstUnwrittenOffset: offset } of this.#dirty)
      if (offset !== undefined) first = Math.min(first ?? offset, offset)
    return first
  }

  /** Writes all units that wait. Rejects when the disk does not take them; they wait on then. */
  async write(): Promise<void> {
    for (const queue of [...this.#dirty]) {
      const { sequence } = queue
      const goal = queue.units
      if (sequence.isEmpty) await this.#makeDirectories(sequence.directory)
      while (queue.units - queue.dirtyUnits < goal) {
        const { start, units, isNew } = await queue.writeUnits()
        this.#unwrittenBytes -= units * batchUnitBytes
        if (isNew) this.#parts.directories.add(sequence.directory)
        this.#unsynced.set(sequence.path(start), { sequence, start })
      }
      if (queue.dirtyUnits === 0) this.#dirty.delete(queue)
    }
  }

  /** The names of the queue's files and folders are not known to be durable. */
  distrustNames({ sequence }: BatchQueue): void {
    this.#distrust(sequence.directory)
  }

  async sync(): Promise<void> {
    for (const [path, { sequence, start }] of [...this.#unsynced]) {
      this.#unsynced.delete(path)
      if (sequence.has(start)) await sequence.sync(start)
    }
  }

  /** Forgets all queues, so that they can be added anew. */
  clear(): void {
    this.#topics.clear()
    this.#dirty.clear()
    this.#unwrittenBytes = 0
  }

  /** Takes one queue out of the table. */
  take({ topic, queueId }: BatchQueue): void {
    const queues = this.#topics.get(topic)
    queues?.delete(queueId)
    if (queues?.size === 0) this.#topics.delete(topic)
  }

  /** Takes the queues of a topic out of the table. */
  takeTopic(topic: string): BatchQueue[] {
    const queues = [...(this.#topics.get(topic)?.values() ?? [])]
    this.#topics.delete(topic)
    return queues
  }

  /** Removes the files of a queue that was taken out. To be called where nothing else writes. */
  async remove(queue: BatchQueue): Promise<void> {
    queue.isRemoved = true
    if (this.#dirty.delete(queue)) this.#unwrittenBytes -= queue.dirtyUnits * batchUnitBytes
    for (const [path, { sequence }] of this.#unsynced) if (sequence === queue.sequence) this.#unsynced.delete(path)
    await removeQueueFiles(this.#parts.files, queue.sequence)
  }

  *[Symbol.iterator](): IterableIterator<BatchQueue> {
    for (const queues of this.#topics.values()) yield* queues.values()
  }

  async #makeDirectories(directory: string): Promise<void> {
    await this.#parts.files.makeDirectory(directory)
    this.#distrust(directory)
  }

  /** The folder of the queue, that of its topic, that of all, and the one in which that is, since the store makes it with the first queue. */
  #distrust(directory: string): void {
    const { directories } = this.#parts
    const topic = directory.slice(0, directory.lastIndexOf('/'))
    const all = topic.slice(0, topic.lastIndexOf('/'))
    for (const folder of [directory, topic, all, all.slice(0, all.lastIndexOf('/'))]) directories.add(folder)
  }
}
