/** A queue of a group from which messages are being taken. */
export class TakenQueue {
  /** Where the next pop reads; `undefined`: at the committed offset. */
  next: number | undefined
  /** It is being read, and nobody else reads it meanwhile. */
  isBusy = false
  /** Somebody found it busy. */
  wasMissed = false
  /** Batches whose check points are being written. */
  pending = 0
  /** Grows when what is pending no longer counts for the committed offset. */
  epoch = 0
}

/**
 * Where groups are in their queues while check points are being written, ahead of the committed offset, which follows when they are. Kept for as long as something is under
 * way: then the committed offset says it all.
 */
export class QueuePositions {
  readonly #queues = new Map<string, TakenQueue>()

  get size(): number {
    return this.#queues.size
  }

  /** To read the queue, until `leave`; `undefined` when somebody is at it. */
  enter(group: string, topic: string, queueId: number): TakenQueue | undefined {
    const key = keyOf(group, topic, queueId)
    let queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, (queue = new TakenQueue()))
    if (queue.isBusy) {
      queue.wasMissed = true
      return undefined
    }
    queue.isBusy = true
    return queue
  }

  /** Whether somebody else wanted the queue meanwhile. */
  leave(group: string, topic: string, queueId: number, queue: TakenQueue): boolean {
    const { wasMissed } = queue
    queue.isBusy = queue.wasMissed = false
    this.#forget(group, topic, queueId, queue)
    return wasMissed
  }

  /** A check point was written, or could not be: then the messages behind it are read again, and what is pending does not commit. */
  settled(group: string, topic: string, queueId: number, queue: TakenQueue, outcome: 'written' | 'failed'): void {
    queue.pending--
    if (outcome === 'failed') this.rewind(queue)
    this.#forget(group, topic, queueId, queue)
  }

  /** The next pop begins at the committed offset. */
  rewind(queue: TakenQueue): void {
    queue.next = undefined
    queue.epoch++
  }

  /** Where the next pop reads, when that is not the committed offset. */
  next(group: string, topic: string, queueId: number): number | undefined {
    return this.#queues.get(keyOf(group, topic, queueId))?.next
  }

  #forget(group: string, topic: string, queueId: number, queue: TakenQueue): void {
    if (!queue.isBusy && queue.pending === 0) this.#queues.delete(keyOf(group, topic, queueId))
  }
}

const keyOf = (group: string, topic: string, queueId: number) => `${topic}@${group}@${queueId}`
