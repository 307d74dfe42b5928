import type { FileSystem } from '@cometmq/platform'
import { liteQueuePrefix } from '@cometmq/protocol/message'
import { unitBytes } from '../format/queue-unit.ts'
import type { OpenFiles } from '../segment/open-files.ts'
import { SegmentSequence } from '../segment/segment-sequence.ts'
import { ConsumeQueue } from './consume-queue.ts'
import { ExtendedUnits } from './extended-units.ts'
import { NumberedQueues } from './numbered-queues.ts'
import { UnitsRead } from './units-read.ts'
import { WindowMemory } from './window-memory.ts'

export interface QueueTableParts {
  files: FileSystem
  handles: OpenFiles
  /** The folder with a folder per topic. */
  directory: string
  fileBytes: number
  windowBytes: number
  /** Where extended units are, and whether new ones are made. */
  extended: { directory: string; fileBytes: number; isEnabled: boolean }
}

/** The queues of a store by topic and number. A queue is made when its first message comes. */
export class QueueTable {
  readonly memory = new WindowMemory()
  readonly #unitsRead = new UnitsRead(unitBytes)
  readonly #parts: QueueTableParts
  readonly #topics = new Map<string, NumberedQueues<ConsumeQueue>>()
  #lightQueues = 0

  constructor(parts: QueueTableParts) {
    this.#parts = parts
  }

  get directory(): string {
    return this.#parts.directory
  }

  find(topic: string, queueId: number): ConsumeQueue | undefined {
    return this.#topics.get(topic)?.get(queueId)
  }

  findOrMake(topic: string, queueId: number): ConsumeQueue {
    const { files, handles, fileBytes } = this.#parts
    return (
      this.find(topic, queueId) ??
      this.add(topic, queueId, new SegmentSequence(files, handles, this.directoryOf(topic, queueId), fileBytes), {
        minOffset: 0,
        maxOffset: 0,
      })
    )
  }

  add(
    topic: string,
    queueId: number,
    sequence: SegmentSequence,
    bounds: { minOffset: number; maxOffset: number },
    extendedSequence?: SegmentSequence,
  ): ConsumeQueue {
    const window = { maxUnits: Math.floor(this.#parts.windowBytes / unitBytes), memory: this.memory }
    const queue = new ConsumeQueue(
      topic,
      queueId,
      sequence,
      bounds,
      window,
      this.#unitsRead,
      this.#extendedOf(topic, queueId, extendedSequence),
    )
    let queues = this.#topics.get(topic)
    if (queues === undefined) this.#topics.set(topic, (queues = new NumberedQueues()))
    queues.set(queueId, queue)
    if (topic.startsWith(liteQueuePrefix)) this.#lightQueues++
    return queue
  }

  /** How many light queues there are. */
  get lightQueues(): number {
    return this.#lightQueues
  }

  /** Takes one queue out of the table. */
  take({ topic, queueId }: ConsumeQueue): void {
    const queues = this.#topics.get(topic)
    queues?.delete(queueId)
    if (queues?.size === 0) this.#topics.delete(topic)
  }

  /** Takes all queues of a topic out of the table. */
  takeTopic(topic: string): ConsumeQueue[] {
    const queues = [...(this.#topics.get(topic) ?? [])]
    this.#topics.delete(topic)
    if (topic.startsWith(liteQueuePrefix)) this.#lightQueues -= queues.length
    return queues
  }

  /** Forgets all queues, so that they can be added anew. */
  clear(): void {
    for (const queue of this) queue.releaseWindow()
    this.#topics.clear()
    this.#lightQueues = 0
  }

  /** Units of light queues are not extended: their messages have a queue of their own that is. */
  #extendedOf(topic: string, queueId: number, found: SegmentSequence | undefined): ExtendedUnits | undefined {
    const { files, handles, extended } = this.#parts
    const isWritable = extended.isEnabled && !topic.startsWith(liteQueuePrefix)
    if (found === undefined && !isWritable) return undefined
    const directory = `${extended.directory}/${topic}/${queueId}`
    return new ExtendedUnits(found ?? new SegmentSequence(files, handles, directory, extended.fileBytes), isWritable)
  }

  directoryOf(topic: string, queueId: number): string {
    return `${this.#parts.directory}/${topic}/${queueId}`
  }

  *[Symbol.iterator](): IterableIterator<ConsumeQueue> {
    for (const queues of this.#topics.values()) yield* queues
  }
}
