import type { Clock } from '@cometmq/platform'
import { type StoreError, writeFailed } from '../error.ts'
import type { LogPositions } from '../log/log-positions.ts'
import type { RecordMark } from '../log/record-mark.ts'
import type { BatchQueues } from '../queue/batch-queues.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'
import type { QueueTable } from '../queue/queue-table.ts'
import type { DeletedTopics } from './deleted-topics.ts'

export interface TopicDeletionParts {
  clock: Clock
  positions: LogPositions
  queues: QueueTable
  batches: BatchQueues
  queueFlusher: QueueFlusher
  deleted: DeletedTopics
  lastRecord: () => RecordMark | undefined
  onFailure: (failure: StoreError) => void
}

/** Deletes the queues of topics. Their records stay in the log until it is cleaned. */
export class TopicDeletion {
  readonly #parts: TopicDeletionParts
  /** Deletions of which it is not known that they outlive a crash: one for each topic, the last. */
  readonly #underWay = new Map<string, Promise<unknown>>()

  constructor(parts: TopicDeletionParts) {
    this.#parts = parts
  }

  /**
   * In the turn of the call the topic has no queue any more, and a message to it is the first of a new one. Resolves when no crash can bring it back: the
   * deletion is noted first, and recovery ends what was begun.
   */
  async delete(topic: string): Promise<void> {
    const { clock, positions, queues, batches, queueFlusher, deleted, lastRecord, onFailure } = this.#parts
    const removed = [...queues.takeTopic(topic), ...batches.takeTopic(topic)]
    const earlier = this.#underWay.get(topic)
    if (removed.length === 0) return void (await earlier)
    deleted.add(topic, { before: positions.appended, at: Math.max(clock.now(), lastRecord()?.storeTimestamp ?? 0) })
    const isNoted = deleted.save().catch((error: unknown) => {
      const failure = writeFailed(`noting that topic ${topic} was deleted`, error)
      onFailure(failure)
      throw failure
    })
    // When the queues cannot be written any more, nobody waits for it; the failure was told.
    isNoted.catch(() => undefined)
    const done = Promise.all([earlier, ...removed.map((queue) => queueFlusher.remove(queue, isNoted))])
    this.#underWay.set(topic, done)
    try {
      await done
    } finally {
      if (this.#underWay.get(topic) === done) this.#underWay.delete(topic)
    }
  }
}
