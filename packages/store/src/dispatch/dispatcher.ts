import { assert, type Logger, messageOf } from '@cometmq/platform'
import type { KeyIndex } from '../index-files/key-index.ts'
import type { LogPositions } from '../log/log-positions.ts'
import type { RecordMark } from '../log/record-mark.ts'
import type { BatchQueue } from '../queue/batch-queue.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'
import type { DispatchTarget } from './multi-dispatch.ts'

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
  readonly topic: string
  /** Absent for a record that is not indexed. */
  readonly properties: string | undefined
  /** Further queues that the record is in. */
  readonly targets: readonly DispatchTarget[] | undefined
  /** The place of a record in a batch queue; it has no other then. */
  readonly batch: BatchPlace | undefined
  /** Absent for all but the last of a batch. */
  readonly answer: Answer | undefined
}

/**
 * Makes written records readable, in the turn of the event loop in which they were written: first all their queue units, then the arrivals are
 * told, then the senders are answered, and last their keys go into the index. So a listener's read finds the whole batch, and a consumer sees a message not later than its sender
 * knows of it.
 */
export class Dispatcher {
  readonly #positions: LogPositions
  readonly #queueFlusher: QueueFlusher
  readonly #logger: Logger
  #pending: PendingRecord[] = []
  #head = 0
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
    return this.#pending.length - this.#head
  }

  add(record: PendingRecord): void {
    this.#pending.push(record)
  }

  onWritten(): void {
    const records = this.#takeWritten()
    for (const record of records) this.#append(record)
    this.#positions.moveDispatched(this.#positions.written)
    this.#tell(records)
    for (const record of records) record.answer?.settle(undefined)
    if (this.keyIndex !== undefined) this.#index(records, this.keyIndex)
  }

  /**
   * Gives up the records that are not written, the queue offsets that they were given included, and answers them: their senders are still to be
   * told.
   */
  takeBack(): PendingRecord[] {
    const records = this.#pending.slice(this.#head)
    this.#pending = []
    this.#head = 0
    for (const { queue, queueOffset, targets = [], batch } of records.toReversed()) {
      if (batch !== undefined) batch.queue.nextOffset = queueOffset
      if (queue !== undefined) queue.nextOffset = queueOffset
      for (const target of targets) target.queue.nextOffset = target.queueOffset
    }
    return records
  }

  /** Nothing more will be written. */
  fail(failure: Error): void {
    const records = this.#pending.slice(this.#head)
    this.#pending = []
    this.#head = 0
    for (const record of records) record.answer?.settle(failure)
  }

  #takeWritten(): PendingRecord[] {
    const { written } = this.#positions
    const pending = this.#pending
    let behind = this.#head
    while (behind < pending.length && pending[behind]!.physicalOffset < written) behind++
    if (behind === pending.length && this.#head === 0) {
      this.#pending = []
      return pending
    }
    const taken = pending.slice(this.#head, behind)
    this.#head = behind
    if (this.#head === pending.length) this.#pending = []
    else if (this.#head > 1024 && this.#head * 2 > pending.length) this.#pending = pending.slice(behind)
    else return taken
    this.#head = 0
    return taken
  }

  #append(record: PendingRecord): void {
    const { queue, physicalOffset, size, tagsCode } = record
    this.#lastRecord = record
    if (queue === undefined) {
      if (record.batch !== undefined) this.#appendBatch(record, record.batch)
      return
    }
    // The text is made only when it is needed: this runs for every message.
    if (queue.maxOffset !== record.queueOffset) {
      assert(false, `${queue}: ${record.queueOffset} does not follow ${queue.maxOffset}`)
    }
    queue.append(physicalOffset, size, tagsCode, record.storeTimestamp)
    this.#queueFlusher.appended(queue, 1)
    if (record.targets === undefined) return
    for (const target of record.targets) {
      assert(target.queue.maxOffset === target.queueOffset, `${target.queue} has no place ${target.queueOffset}`)
      target.queue.append(physicalOffset, size, tagsCode, record.storeTimestamp)
      this.#queueFlusher.appended(target.queue, 1)
    }
  }

  #index(records: readonly PendingRecord[], keyIndex: Pick<KeyIndex, 'add'>): void {
    for (const { topic, properties, physicalOffset, storeTimestamp } of records) {
      if (properties !== undefined) keyIndex.add(topic, properties, physicalOffset, storeTimestamp)
    }
  }

  #appendBatch(record: PendingRecord, { queue, count }: BatchPlace): void {
    const { physicalOffset, size, tagsCode, storeTimestamp, queueOffset } = record
    assert(queue.maxOffset === queueOffset, `${queue}: ${queueOffset} does not follow ${queue.maxOffset}`)
    queue.append({ physicalOffset, size, tagsCode, storeTimestamp, baseOffset: queueOffset, count })
    this.#queueFlusher.batchAppended(queue)
  }

  #tell(records: readonly PendingRecord[]): void {
    if (this.onArrival === undefined) return
    for (const record of records) {
      if (record.queue === undefined) {
        const { batch } = record
        if (batch !== undefined) this.#tellOne(batch.queue, record.queueOffset + batch.count - 1, record)
        continue
      }
      this.#tellOne(record.queue, record.queueOffset, record)
      if (record.targets === undefined) continue
      for (const { queue, queueOffset } of record.targets) this.#tellOne(queue, queueOffset, record)
    }
  }

  #tellOne(queue: ConsumeQueue | BatchQueue, queueOffset: number, { tagsCode, storeTimestamp }: PendingRecord): void {
    try {
      this.onArrival?.(queue.topic, queue.queueId, queueOffset + 1, tagsCode, storeTimestamp)
    } catch (error) {
      // A listener's bug must not keep senders from being answered, or the next messages from being told.
      this.#logger.error({ error: messageOf(error), queue: `${queue}` }, 'the listener for arrivals threw')
    }
  }
}
