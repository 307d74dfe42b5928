import { brokerLimits } from '../limits.ts'
import { RecentEntries } from '../transactions/recent-entries.ts'
import { allBits, type BatchId, batchKey, type CheckPoint, dueMsOf, maxBatchMessages } from './check-point.ts'
import { type Due, DueQueue } from './due-queue.ts'

/** A batch of which not all is done. */
export interface OpenBatch extends Due {
  readonly key: string
  point: CheckPoint
  readonly reviveQueueId: number
  /** Of the record that says so, in its queue. */
  reviveOffset: number
  /** When that record was stored. */
  storedMs: number
  /** Bit n: the n-th message is done. */
  bits: number
  /** Its messages are being put where they come again. */
  isReviving: boolean
}

/**
 * The batches that were popped and are not done, in memory: which of their messages are acknowledged, and when the others come again. Made from the revive topic alone,
 * so that it is the same after a crash.
 */
export class OpenBatches {
  /** By queue of the revive topic; within each in the order of their records. */
  readonly #queues = new Map<number, Map<string, OpenBatch>>()
  readonly due = new DueQueue<OpenBatch>()
  /** What was acknowledged of batches that are not known, or not any more: the check points of an Apache broker come from its timer, later than acknowledgements of today. */
  readonly #early = new RecentEntries<string, readonly number[]>(brokerLimits.earlyAcks)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** A record says that a batch was popped; of one that is known, that its record is another now. `graceMs`: its messages come again so much later. */
  opened(reviveQueueId: number, reviveOffset: number, storedMs: number, point: CheckPoint, graceMs = 0): void {
    const queue = this.#queueOf(reviveQueueId)
    const key = batchKey(point)
    const known = queue.get(key)
    if (known !== undefined) {
      // Now it is the last one of its queue.
      queue.delete(key)
      queue.set(key, known)
      known.reviveOffset = reviveOffset
      known.storedMs = storedMs
      known.bits |= point.bits
      return this.#closeWhenDone(known)
    }
    const batch: OpenBatch = {
      key,
      point,
      reviveQueueId,
      reviveOffset,
      storedMs,
      bits: point.bits,
      isReviving: false,
      dueMs: dueMsOf(point) + graceMs,
      place: -1,
    }
    queue.set(key, batch)
    this.#size++
    this.due.add(batch)
    const early = this.#early.get(key)
    if (early === undefined) return this.#closeWhenDone(batch)
    this.#early.delete(key)
    this.done(batch, early)
  }

  /** A record says that messages of a batch are done. */
  acknowledged(reviveQueueId: number, of: BatchId, offsets: readonly number[]): void {
    const key = batchKey(of)
    const batch = this.#queues.get(reviveQueueId)?.get(key)
    if (batch !== undefined) return this.done(batch, offsets)
    const early = [...(this.#early.get(key) ?? []), ...offsets]
    this.#early.set(key, early.slice(-maxBatchMessages))
  }

  done(batch: OpenBatch, offsets: readonly number[]): void {
    const { startOffset, deltas } = batch.point
    for (const offset of offsets) {
      const index = deltas.indexOf(offset - startOffset)
      if (index >= 0) batch.bits |= 1 << index
    }
    this.#closeWhenDone(batch)
  }

  /** The messages that are not done. */
  offsetsLeft({ point, bits }: OpenBatch): number[] {
    return point.deltas.flatMap((delta, i) => ((bits & (1 << i)) === 0 ? [point.startOffset + delta] : []))
  }

  has(batch: OpenBatch): boolean {
    return this.#queues.get(batch.reviveQueueId)?.get(batch.key) === batch
  }

  /** The batch of a queue whose record is the oldest. */
  oldest(reviveQueueId: number): OpenBatch | undefined {
    for (const batch of this.#queues.get(reviveQueueId)?.values() ?? []) return batch
    return undefined
  }

  #queueOf(reviveQueueId: number): Map<string, OpenBatch> {
    let queue = this.#queues.get(reviveQueueId)
    if (queue === undefined) this.#queues.set(reviveQueueId, (queue = new Map()))
    return queue
  }

  #closeWhenDone(batch: OpenBatch): void {
    const all = allBits(batch.point.deltas.length)
    if ((batch.bits & all) !== all || !this.has(batch)) return
    this.#queues.get(batch.reviveQueueId)!.delete(batch.key)
    this.due.remove(batch)
    this.#size--
  }
}
