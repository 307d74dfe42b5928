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

  appended(queue: BatchQueue): void {
    if (!queue.isRemoved) this.#dirty.add(queue)
  }

  /** Writes all units that wait. Rejects when the disk does not take them. */
  async write(): Promise<void> {
    for (const queue of [...this.#dirty]) {
      this.#dirty.delete(queue)
      if (queue.isRemoved) continue
      const { sequence } = queue
      if (sequence.isEmpty) await this.#makeDirectories(sequence.directory)
      for (const { start, isNew } of await queue.write()) {
        if (isNew) this.#parts.directories.add(sequence.directory)
        this.#unsynced.set(sequence.path(start), { sequence, start })
      }
    }
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
    this.#dirty.delete(queue)
    for (const [path, { sequence }] of this.#unsynced) if (sequence === queue.sequence) this.#unsynced.delete(path)
    await removeQueueFiles(this.#parts.files, queue.sequence)
  }

  get unitBytes(): number {
    let units = 0
    for (const queue of this.#dirty) units += queue.dirtyUnits
    return units * batchUnitBytes
  }

  *[Symbol.iterator](): IterableIterator<BatchQueue> {
    for (const queues of this.#topics.values()) yield* queues.values()
  }

  async #makeDirectories(directory: string): Promise<void> {
    const { files, directories } = this.#parts
    await files.makeDirectory(directory)
    const topic = directory.slice(0, directory.lastIndexOf('/'))
    const all = topic.slice(0, topic.lastIndexOf('/'))
    for (const folder of [directory, topic, all, all.slice(0, all.lastIndexOf('/'))]) directories.add(folder)
  }
}
