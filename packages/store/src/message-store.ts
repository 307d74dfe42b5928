import { Lifecycle } from '@cometmq/platform'
import type { PlainMessage } from '@cometmq/protocol/message'
import type { ArrivalListener } from './dispatch/dispatcher.ts'
import { notAvailable, refusalAfter, StoreError } from './error.ts'
import { LogWalker, type OnRecord } from './index-files/log-walker.ts'
import type { RecordPlace } from './log/record-reader.ts'
import type { TailLease } from './log/tail-lease.ts'
import type {
  BatchItemToStore,
  BatchReceipt,
  GetRequest,
  GetResult,
  MessageToStore,
  PutReceipt,
  QueryRequest,
  QueryResult,
} from './message.ts'
import { openStore, type StoreWorld } from './open-store.ts'
import type { StoreOptions, StoreSettings } from './options.ts'
import { BatchQueue } from './queue/batch-queue.ts'
import type { ConsumeQueue } from './queue/consume-queue.ts'
import { type Boundary, searchByTime, storeTimeOf } from './read/time-search.ts'
import type { DiskReading, DiskState } from './retention/disk-space.ts'
import { StoreEngine } from './store-engine.ts'
import type { PlainPutOptions } from './write/plain-writer.ts'
import type { PutTicket } from './write/put-ticket.ts'

/** One queue of a topic: offsets of its first message and behind its last. */
export interface QueueRange {
  readonly topic: string
  readonly queueId: number
  readonly minOffset: number
  readonly maxOffset: number
}

/** Settings that may change while the store is open. */
export type RetentionChange = Pick<
  StoreSettings,
  | 'fileReservedTime'
  | 'deleteWhen'
  | 'diskMaxUsedSpaceRatio'
  | 'diskSpaceCleanForciblyRatio'
  | 'cleanFileForciblyEnable'
>

/** Figures for those who watch the store. Offsets are positions in the log. */
export interface StoreState {
  readonly appendedOffset: number
  readonly writtenOffset: number
  readonly flushedOffset: number
  readonly dispatchedOffset: number
  readonly minPhysicalOffset: number
  /** Since the store was opened. */
  readonly putMessages: number
  readonly putBytes: number
  /** Reads that found messages, and that found none, since the store was opened. */
  readonly foundReads: number
  readonly missedReads: number
  /** Messages that were read. */
  readonly readMessages: number
  readonly waitingPuts: number
  /** For how long the write to the log has been under way that is not done yet; 0 when there is none. */
  readonly logWriteMs: number
  readonly tailBytes: number
  readonly queueWindowBytes: number
  readonly diskState: DiskState
  /** What the disks said when they were last looked at; `undefined` when the system does not tell. */
  readonly disk: DiskReading | undefined
  /** Bytes of log whose messages are not found by key yet. */
  readonly indexBehindBytes: number
  /** Why messages are not found by key any more. */
  readonly indexFailure: StoreError | undefined
  /** Why the store accepts nothing any more. */
  readonly failure: StoreError | undefined
}

/**
 * Messages on disk, in the files of an Apache RocketMQ store: one commit log, and a queue per topic and number that says where its messages lie.
 *
 * @example
 * await using store = await MessageStore.open({ storePathRootDir: '/data/store', storeHost }, { files, clock, logger, pid })
 * const { queueOffset } = await store.put(message)
 * const { records } = await store.get({ topic, queueId: 0, offset: queueOffset, maxMessages: 32 })
 */
export class MessageStore implements AsyncDisposable {
  readonly #engine: StoreEngine
  readonly #lifecycle = new Lifecycle('message store')

  private constructor(engine: StoreEngine) {
    this.#engine = engine
  }

  /** Locks, loads and recovers the store, which is made when missing. Rejects with a `StoreError` that says what to do. */
  static async open(options: StoreOptions, world: StoreWorld): Promise<MessageStore> {
    const store = new MessageStore(new StoreEngine(await openStore(options, world), world))
    store.#lifecycle.move('starting')
    await store.#engine.start()
    store.#lifecycle.move('running')
    return store
  }

  /** Why no message is accepted now; `undefined` when they are. */
  get refusal(): StoreError | undefined {
    const { refusal } = this.#engine
    if (refusal !== undefined) return refusal
    return this.#lifecycle.isRunning ? undefined : notAvailable(`the store is ${this.#lifecycle.state}`)
  }

  /** Told of each message once it can be read; all of a batch can be read when the first of them is told. In the turn in which it was written. */
  get onArrival(): ArrivalListener | undefined {
    return this.#engine.dispatcher.onArrival
  }

  set onArrival(listener: ArrivalListener | undefined) {
    this.#engine.dispatcher.onArrival = listener
  }

  /**
   * Stores a message. Resolves when it survives the end of the process, with SYNC_FLUSH and `waitStored` that of the machine.
   * Rejects with a `StoreError`; then the message is not acknowledged, though it may have been stored when the disk failed.
   */
  put(message: MessageToStore): Promise<PutReceipt> {
    const { refusal } = this
    return refusal === undefined ? this.#engine.writer.put(message) : Promise.reject(refusal)
  }

  /**
   * `put` for a message that is bytes already, in the memory that it was received in: `ticket` is settled when what `put` promises holds. False, with
   * nothing done, when the message has to go through `put`, which says why when it is refused.
   */
  putPlain(message: PlainMessage, options: PlainPutOptions, ticket: PutTicket): boolean {
    return this.refusal === undefined && this.#engine.plainWriter.put(message, options, ticket)
  }

  /** Stores one record per item, with consecutive queue offsets, all in one file. Body, flag and properties of `message` itself are not used. */
  putBatch(message: MessageToStore, items: readonly BatchItemToStore[]): Promise<BatchReceipt> {
    const { refusal } = this
    return refusal === undefined ? this.#engine.writer.putBatch(message, items) : Promise.reject(refusal)
  }

  /** Reads messages of one queue. At once when all it needs is in memory. */
  get(request: GetRequest): GetResult | Promise<GetResult> {
    const closed = this.#closed()
    return closed === undefined ? this.#engine.reader.get(request) : Promise.reject(closed)
  }

  /** Messages by key, tag or unique key. Rejects with STORE_INDEX_FAILED when there is no index any more. */
  async query(request: QueryRequest): Promise<QueryResult> {
    const closed = this.#closed()
    if (closed !== undefined) throw closed
    return this.#engine.query.run(request)
  }

  /** Removes key index files whose messages all lie before `minPhysicalOffset`, never the last one; answers how many. */
  removeIndexBefore(minPhysicalOffset: number): Promise<number> {
    return this.#engine.keyIndex.removeBefore(minPhysicalOffset)
  }

  /**
   * Forgets the queues of a topic, at once, and removes their files. The next message to it is the first of a new queue, with offset 0. Resolves when the
   * deletion outlives a crash. Records stay readable by their position. An unknown topic has nothing to forget.
   */
  async deleteTopic(topic: string): Promise<void> {
    const { refusal } = this
    if (refusal !== undefined) throw refusal
    await this.#engine.deletion.delete(topic)
  }

  /**
   * Removes the queues that `mayGo` of whose messages the log has none any more; the next message to one is the first of a new queue, with offset 0.
   * Queues that never had a message stay. Answers how many went.
   */
  async removeExpiredQueues(mayGo: (topic: string) => boolean): Promise<number> {
    const { refusal } = this
    if (refusal !== undefined) throw refusal
    const { queues, batches, queueFlusher } = this.#engine.opened
    const expired = [...queues, ...batches].filter((queue) => queue.isExpired && mayGo(queue.topic))
    // In one turn, so that no message is given a place in a queue that goes.
    const removals = expired.map((queue) => {
      if (queue instanceof BatchQueue) batches.take(queue)
      else queues.take(queue)
      return queueFlusher.remove(queue, Promise.resolve())
    })
    await Promise.all(removals)
    return expired.length
  }

  /** Offset of the first message; 0 for an unknown queue. */
  minOffset(topic: string, queueId: number): number {
    return this.#queue(topic, queueId)?.minOffset ?? 0
  }

  /** Offset behind the last message that can be read; 0 for an unknown queue. */
  maxOffset(topic: string, queueId: number): number {
    return this.#queue(topic, queueId)?.maxOffset ?? 0
  }

  /** The offset of the message that was stored at `timestamp`, or of its neighbour; see `searchByTime`. Takes its turn among reads of old messages. */
  async searchOffset(topic: string, queueId: number, timestamp: number, boundary: Boundary): Promise<number> {
    const queue = this.#queue(topic, queueId)
    if (queue === undefined) return 0
    const { log, reader } = this.#engine
    return reader.inTurn(queue, () =>
      queue instanceof BatchQueue
        ? queue.searchByTime(timestamp, boundary)
        : searchByTime(queue, log.reader, timestamp, boundary),
    )
  }

  /** When the first message of the queue was stored; −1 when there is none. */
  async earliestStoreTime(topic: string, queueId: number): Promise<number> {
    const queue = this.#queue(topic, queueId)
    if (queue === undefined) return -1
    if (queue instanceof BatchQueue) return (await queue.unitsFrom(queue.minOffset, 1))[0]?.storeTimestamp ?? -1
    return (await storeTimeOf(queue, this.#engine.log.reader, queue.minOffset)) ?? -1
  }

  /** When the message at `queueOffset` was stored; `undefined` when there is none, or not any more. */
  async storeTime(topic: string, queueId: number, queueOffset: number): Promise<number | undefined> {
    const queue = this.#queue(topic, queueId)
    if (queue === undefined || queueOffset < queue.minOffset || queueOffset >= queue.maxOffset) return undefined
    if (queue instanceof BatchQueue) return (await queue.unitsFrom(queueOffset, 1))[0]?.storeTimestamp
    return storeTimeOf(queue, this.#engine.log.reader, queueOffset)
  }

  /** When the first message of the log was stored; −1 when there is none. */
  async earliestRecordTime(): Promise<number> {
    return (await this.#engine.log.reader.storeTimestampAt(this.#engine.log.minPhysicalOffset)) ?? -1
  }

  /**
   * The whole record that begins at `physicalOffset`; `undefined` when none does. With `inTurn`, for those who look at messages, an old one is read when it is its turn
   * among reads of old messages, and refused with STORE_BUSY when too many wait; transactions and timers, which owe something at a time, do not wait.
   */
  async recordAt(physicalOffset: number, { inTurn = false } = {}): Promise<Buffer | undefined> {
    const { reader, log } = this.#engine
    return inTurn ? reader.recordAt(physicalOffset) : log.reader.recordAt(physicalOffset)
  }

  /** The record that begins at `physicalOffset`, when it is in memory. It is good for this turn, until the caller has appended one more message. */
  recordNow(physicalOffset: number): Buffer | undefined {
    return this.#closed() === undefined ? this.#engine.log.reader.recordNow(physicalOffset) : undefined
  }

  /** The records at ascending places; `undefined` for those that are not there. Rejects when a read fails. See `GetRequest` for the lease. */
  async recordsAt(places: readonly RecordPlace[], lease?: TailLease): Promise<(Buffer | undefined)[]> {
    return this.#engine.log.reader.readAll(places, undefined, lease)
  }

  /** Goes through the records from `from` on, where one begins, that can be read when this is called, in the order of the log. Rejects when a read fails. */
  async walk(from: number, onRecord: OnRecord): Promise<void> {
    const { opened, log } = this.#engine
    const end = log.positions.dispatched
    let unreadable: StoreError | undefined
    const walker = new LogWalker(opened.log, (position, reason) => {
      unreadable = new StoreError('STORE_CORRUPT', `the log has no record at ${position}: ${reason}`)
    })
    for (let next = from; next < end && unreadable === undefined; ) next = await walker.walk(next, end, onRecord)
    if (unreadable !== undefined) throw unreadable
  }

  /** Whether the message is among the newest 40 % (accessMessageInMemoryMaxRatio) of the machine's memory in bytes of log. */
  isInMemory(topic: string, queueId: number, queueOffset: number): boolean {
    return this.#engine.reader.isRecent(topic, queueId, queueOffset)
  }

  /** All queues that ever had a message. */
  *queues(): IterableIterator<QueueRange> {
    for (const { topic, queueId, minOffset, maxOffset } of this.#engine.queues()) {
      yield { topic, queueId, minOffset, maxOffset }
    }
  }

  /** Says anew how long files are kept; the next round of cleaning goes by it. */
  changeRetention(change: Partial<RetentionChange>): void {
    Object.assign(this.#engine.opened.settings, change)
  }

  get state(): StoreState {
    const { positions, minPhysicalOffset, tail, flusher, writer } = this.#engine.log
    const { messages, bytes } = this.#engine.writer.counters
    const read = this.#engine.reader.counters
    return {
      appendedOffset: positions.appended,
      writtenOffset: positions.written,
      flushedOffset: positions.flushed,
      dispatchedOffset: positions.dispatched,
      minPhysicalOffset,
      putMessages: messages,
      logWriteMs: writer.underWayMs,
      putBytes: bytes,
      foundReads: read.found,
      missedReads: read.missed,
      readMessages: read.messages,
      waitingPuts: this.#engine.dispatcher.waiting + flusher.waiting,
      tailBytes: tail.bytes,
      queueWindowBytes: this.#engine.opened.queues.memory.bytes,
      diskState: this.#engine.opened.disk.state,
      disk: this.#engine.opened.disk.reading,
      indexBehindBytes: this.#engine.keyIndex.behindBytes,
      indexFailure: this.#engine.keyIndex.failure,
      failure: this.#engine.opened.failures.failure,
    }
  }

  /** Removes files of the log that are old enough within the next rounds of cleaning, whatever the hour. */
  deleteExpiredFiles(): void {
    this.#engine.retention.cleanOnRequest()
  }

  /** Resolves when all that was acknowledged survives the end of the machine. Rejects when the store has failed. */
  async sync(): Promise<void> {
    const { failure } = this.#engine.opened.failures
    if (failure !== undefined) throw refusalAfter(failure)
    const closed = this.#closed()
    if (closed !== undefined) throw closed
    await this.#engine.log.flusher.flush()
  }

  /** Answers those who wait, makes everything durable, and gives the directory back. Idempotent. */
  close(): Promise<void> {
    return this.#lifecycle.close(() => this.#engine.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #queue(topic: string, queueId: number): ConsumeQueue | BatchQueue | undefined {
    const { queues, batches } = this.#engine.opened
    return queues.find(topic, queueId) ?? batches.find(topic, queueId)
  }

  #closed(): StoreError | undefined {
    return this.#lifecycle.state === 'closed' ? notAvailable('the store is closed') : undefined
  }
}
