import { assert, type Logger, messageOf } from '@cometmq/platform'
import { KeyHasher } from '../index-files/key-hasher.ts'
import type { KeyIndex } from '../index-files/key-index.ts'
import type { LogPositions } from '../log/log-positions.ts'
import type { RecordMark } from '../log/record-mark.ts'
import type { BatchQueue } from '../queue/batch-queue.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'
import type { DispatchTarget } from './multi-dispatch.ts'
import { PendingRecords } from './pending-records.ts'

/** Told of each message once it can be read. `maxOffset` is the one behind this message. */
export type ArrivalListener = (
  topic: string,
  queueId: number,
  maxOffset: number,
  tagsCode: number,
  storeTimestamp: number,
) => void

/** Somebody who waits for a record. */
export interface Answer {
  /** Called once, when the record can be read, or never will be. */
  settle(failure: Error | undefined): void
}

/** A record of so many messages in a batch queue. */
export interface BatchPlace {
  readonly queue: BatchQueue
  readonly count: number
}

/** A record that was appended and is not written yet. */
export interface PendingRecord {
  /** Absent for a record that goes into no queue. */
  readonly queue: ConsumeQueue | undefined
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly size: number
  readonly tagsCode: number
  readonly storeTimestamp: number
  /** Further queues that the record is in. */
  readonly targets: readonly DispatchTarget[] | undefined
  /** The place of a record in a batch queue; it has no other then. */
  readonly batch: BatchPlace | undefined
  /** Absent for all but the last of a batch. */
  readonly answer: Answer | undefined
}

/**
 * Makes written records readable, in the turn of the event loop in which they were written: first all their queue units, then the arrivals are
 * told, then the senders are answered, and last the hashes of their keys, made when they were appended, go into the index. So a listener's read finds the whole batch, and a consumer sees a message not later than its sender
 * knows of it.
 */
export class Dispatcher {
  readonly #positions: LogPositions
  readonly #queueFlusher: QueueFlusher
  readonly #logger: Logger
  readonly #pending = new PendingRecords()
  readonly #hasher = new KeyHasher()
  #lastRecord: RecordMark | undefined
  onArrival: ArrivalListener | undefined
  /** Where keys go. */
  keyIndex: Pick<KeyIndex, 'add'> | undefined

  constructor(positions: LogPositions, queueFlusher: QueueFlusher, logger: Logger, lastRecord: RecordMark | undefined) {
    this.#positions = positions
    this.#queueFlusher = queueFlusher
    this.#logger = logger
    this.#lastRecord = lastRecord
  }

  /** The last record that was made readable. */
  get lastRecord(): RecordMark | undefined {
    return this.#lastRecord
  }

  get waiting(): number {
    return this.#pending.waiting
  }

  /** `properties`: absent for a record that is not to be found by its keys. The record is copied: whoever hands it over may use it again. */
  add(record: PendingRecord, topic: string, properties: string | undefined): void {
    const isIndexed = properties !== undefined && this.keyIndex !== undefined
    this.#pending.add(record, isIndexed && this.#hasher.hash(topic, properties) > 0 ? this.#hasher : undefined)
  }

  /** `add` for properties that are the first `length` of `properties`, as bytes, which are not kept. */
  addPlain(record: PendingRecord, topic: string, properties: Buffer, length: number): void {
    const isIndexed = this.keyIndex !== undefined && this.#hasher.hashBytes(topic, properties, length) > 0
    this.#pending.add(record, isIndexed ? this.#hasher : undefined)
  }

  onWritten(): void {
    const pending = this.#pending
    const from = pending.takeWritten(this.#positions.written)
    // Senders that are answered may append: rows are added behind, and `head` stays.
    const behind = pending.head
    for (let row = from; row < behind; row++) this.#append(row)
    if (from < behind) this.#mark(behind - 1)
    this.#positions.moveDispatched(this.#positions.written)
    if (this.onArrival !== undefined) for (let row = from; row < behind; row++) this.#tell(row)
    for (let row = from; row < behind; row++) pending.answer(row)?.settle(undefined)
    if (this.keyIndex !== undefined) this.#index(from, behind, this.keyIndex)
    pending.release(behind)
  }

  /**
   * Gives up the records that are not written, the queue offsets that they were given included, and answers them: their senders are still to be
   * told.
   */
  takeBack(): PendingRecord[] {
    const records = this.#pending.takeBack()
    for (const { queue, queueOffset, targets = [], batch } of records.toReversed()) {
      if (batch !== undefined) batch.queue.nextOffset = queueOffset
      if (queue !== undefined) queue.nextOffset = queueOffset
      for (const target of targets) target.queue.nextOffset = target.queueOffset
    }
    return records
  }

  /** Nothing more will be written. */
  fail(failure: Error): void {
    for (const record of this.#pending.takeBack()) record.answer?.settle(failure)
  }

  /** One object for all: it is looked at when a checkpoint is written. */
  #mark(row: number): void {
    this.#lastRecord = {
      physicalOffset: this.#pending.physicalOffset(row),
      storeTimestamp: this.#pending.storeTimestamp(row),
    }
  }

  #append(row: number): void {
    const pending = this.#pending
    const queue = pending.queue(row)
    const physicalOffset = pending.physicalOffset(row)
    const size = pending.size(row)
    const tagsCode = pending.tagsCode(row)
    const storeTimestamp = pending.storeTimestamp(row)
    if (queue === undefined) {
      const batch = pending.batch(row)
      if (batch !== undefined) this.#appendBatch(row, batch)
      return
    }
    // The text is made only when it is needed: this runs for every message.
    if (queue.maxOffset !== pending.queueOffset(row)) {
      assert(false, `${queue}: ${pending.queueOffset(row)} does not follow ${queue.maxOffset}`)
    }
    queue.append(physicalOffset, size, tagsCode, storeTimestamp)
    this.#queueFlusher.appended(queue, 1)
    const targets = pending.targets(row)
    if (targets === undefined) return
    for (const target of targets) {
      assert(target.queue.maxOffset === target.queueOffset, `${target.queue} has no place ${target.queueOffset}`)
      target.queue.append(physicalOffset, size, tagsCode, storeTimestamp)
      this.#queueFlusher.appended(target.queue, 1)
    }
  }

  #index(from: number, behind: number, keyIndex: Pick<KeyIndex, 'add'>): void {
    const pending = this.#pending
    const { hashes } = pending
    let at = pending.hashesFrom
    for (let row = from; row < behind; row++) {
      const count = pending.keyCount(row)
      if (count === 0) continue
      keyIndex.add(hashes, at, at + count, pending.physicalOffset(row), pending.storeTimestamp(row))
      at += count
    }
  }

  #appendBatch(row: number, { queue, count }: BatchPlace): void {
    const pending = this.#pending
    const baseOffset = pending.queueOffset(row)
    assert(queue.maxOffset === baseOffset, `${queue}: ${baseOffset} does not follow ${queue.maxOffset}`)
    queue.append({
      physicalOffset: pending.physicalOffset(row),
      size: pending.size(row),
      tagsCode: pending.tagsCode(row),
      storeTimestamp: pending.storeTimestamp(row),
      baseOffset,
      count,
    })
    this.#queueFlusher.batchAppended(queue)
  }

  #tell(row: number): void {
    const pending = this.#pending
    const queue = pending.queue(row)
    const queueOffset = pending.queueOffset(row)
    if (queue === undefined) {
      const batch = pending.batch(row)
      if (batch !== undefined) this.#tellOne(batch.queue, queueOffset + batch.count - 1, row)
      return
    }
    this.#tellOne(queue, queueOffset, row)
    const targets = pending.targets(row)
    if (targets === undefined) return
    for (const target of targets) this.#tellOne(target.queue, target.queueOffset, row)
  }

  #tellOne(queue: ConsumeQueue | BatchQueue, queueOffset: number, row: number): void {
    const pending = this.#pending
    try {
      this.onArrival?.(queue.topic, queue.queueId, queueOffset + 1, pending.tagsCode(row), pending.storeTimestamp(row))
    } catch (error) {
      // A listener's bug must not keep senders from being answered, or the next messages from being told.
      this.#logger.error({ error: messageOf(error), queue: `${queue}` }, 'the listener for arrivals threw')
    }
  }
}
