import { type Clock, type FileSystem, isOutOfSpace, Lifecycle, type Logger, messageOf } from '@cometmq/platform'
import type { PlainMessage } from '@cometmq/protocol/message'
import { TopicDeletion } from './deletion/topic-deletion.ts'
import { type ArrivalListener, Dispatcher } from './dispatch/dispatcher.ts'
import { MultiDispatch } from './dispatch/multi-dispatch.ts'
import { notAvailable, refusalAfter, type StoreError } from './error.ts'
import { KeyIndex } from './index-files/key-index.ts'
import { CommitLog } from './log/commit-log.ts'
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
import { censusPlace, type OpenedStore, openStore, type StoreWorld } from './open-store.ts'
import type { StoreOptions, StoreSettings } from './options.ts'
import { BatchQueue } from './queue/batch-queue.ts'
import type { ConsumeQueue } from './queue/consume-queue.ts'
import type { QueueTable } from './queue/queue-table.ts'
import { MessageQuery } from './read/message-query.ts'
import { MessageReader } from './read/message-reader.ts'
import { type Boundary, searchByTime, storeTimeOf } from './read/time-search.ts'
import { Checkpointer } from './recovery/checkpointer.ts'
import { writeCensus } from './recovery/queue-census.ts'
import type { DiskReading, DiskSpace, DiskState } from './retention/disk-space.ts'
import { QueueCleaner } from './retention/queue-cleaner.ts'
import { Retention } from './retention/retention.ts'
import { MessageWriter } from './write/message-writer.ts'
import { type PlainPutOptions, PlainWriter } from './write/plain-writer.ts'
import type { PutTicket } from './write/put-ticket.ts'

const defaultMemoryBytes = 8 * 1024 ** 3

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
  readonly #opened: OpenedStore
  readonly #files: FileSystem
  readonly #logger: Logger
  readonly #lifecycle = new Lifecycle('message store')
  readonly #log: CommitLog
  readonly #dispatcher: Dispatcher
  readonly #keyIndex: KeyIndex
  readonly #checkpointer: Checkpointer
  readonly #writer: MessageWriter
  readonly #plainWriter: PlainWriter
  readonly #reader: MessageReader
  readonly #deletion: TopicDeletion
  readonly #disk: DiskSpace
  readonly #retention: Retention
  readonly #query: MessageQuery

  private constructor(opened: OpenedStore, { files, clock, logger, memoryBytes, loopBusyMs }: StoreWorld) {
    const { settings, queues, batches, queueFlusher, failures, recovered, directory, delays, disk } = opened
    this.#opened = opened
    this.#files = files
    this.#logger = logger
    this.#disk = disk
    this.#log = new CommitLog({
      files,
      clock,
      logger,
      settings,
      sequence: opened.log,
      end: recovered.end,
      onWritten: () => this.#onWritten(),
      onFailure: failures.report,
      onFull: (error) => void this.#takeBack(error),
    })
    this.#dispatcher = new Dispatcher(this.#log.positions, queueFlusher, logger, recovered.lastRecord)
    this.#keyIndex = this.#openIndex(opened, clock)
    this.#checkpointer = new Checkpointer(
      {
        files,
        clock,
        logger,
        path: directory.checkpoint,
        logFlusher: this.#log.flusher,
        queueFlusher,
        keyIndex: this.#keyIndex,
        lastRecord: () => this.#dispatcher.lastRecord,
        intervalMs: settings.flushIntervalConsumeQueue,
        leastPages: settings.flushConsumeQueueLeastPages,
        thoroughIntervalMs: settings.flushConsumeQueueThoroughInterval,
        afterBytes: settings.checkpointAfterBytes,
        onFailure: failures.report,
        onFull: (error) => disk.failed(error),
      },
      opened.checkpoint,
    )
    const { dispatcher, log } = { dispatcher: this.#dispatcher, log: this.#log }
    const multiDispatch = multiDispatchOf(settings, queues)
    const writing = { clock, settings, log, queues, batches, queueFlusher, dispatcher, delays, multiDispatch }
    this.#writer = new MessageWriter(writing)
    this.#plainWriter = new PlainWriter(writing, this.#writer)
    this.#reader = new MessageReader({
      log,
      queues,
      batches,
      settings,
      clock,
      loopBusyMs,
      putMessages: () => this.#writer.counters.messages,
      memoryBytes: memoryBytes ?? defaultMemoryBytes,
      onUnreadable: (queue, { physicalOffset, size }) =>
        logger.error(
          { queue: `${queue}`, physicalOffset, size },
          'the log does not hold the record that a queue names',
        ),
    })
    this.#deletion = new TopicDeletion({
      clock,
      positions: log.positions,
      queues,
      batches,
      queueFlusher,
      deleted: opened.deleted,
      lastRecord: () => dispatcher.lastRecord,
      onFailure: failures.report,
    })
    this.#retention = new Retention({
      files,
      clock,
      logger,
      settings,
      disk,
      sequence: opened.log,
      durableOffset: () => Math.min(this.#log.positions.flushed, this.#checkpointer.durableUnitsOffset),
      makeDurable: () => this.#checkpointer.write(),
      followers: [
        new QueueCleaner([queues, batches], clock, logger),
        this.#keyIndex,
        { removeBefore: (min) => opened.deleted.fitTo(min, log.positions.appended) },
      ],
      storeBytes: async () => this.#bytes(),
    })
    this.#query = new MessageQuery(this.#keyIndex, log.reader, settings)
    failures.listen((failure) => this.#fail(failure))
  }

  /** Locks, loads and recovers the store, which is made when missing. Rejects with a `StoreError` that says what to do. */
  static async open(options: StoreOptions, world: StoreWorld): Promise<MessageStore> {
    const opened = await openStore(options, world)
    const store = new MessageStore(opened, world)
    store.#lifecycle.move('starting')
    try {
      await store.#warm()
      await store.#keyIndex.start()
      // What a recovery has made again is made again once more when this process ends before it is durable: nobody need wait for it.
      if (opened.queueFlusher.hasUnsynced) store.#checkpointer.hurry()
      else await store.#checkpointer.write()
    } catch (error) {
      await store.#release(false)
      throw error
    }
    store.#lifecycle.move('running')
    store.#retention.start()
    store.#disk.listen({ onRefusing: () => store.#retention.cleanSoon(), retry: () => store.#retry() })
    return store
  }

  /** Why no message is accepted now; `undefined` when they are. */
  get refusal(): StoreError | undefined {
    const { failure } = this.#opened.failures
    if (failure !== undefined) return refusalAfter(failure)
    const full = this.#disk.refusal
    if (full !== undefined) return full
    return this.#lifecycle.isRunning ? undefined : notAvailable(`the store is ${this.#lifecycle.state}`)
  }

  /** Told of each message once it can be read; all of a batch can be read when the first of them is told. In the turn in which it was written. */
  get onArrival(): ArrivalListener | undefined {
    return this.#dispatcher.onArrival
  }

  set onArrival(listener: ArrivalListener | undefined) {
    this.#dispatcher.onArrival = listener
  }

  /**
   * Stores a message. Resolves when it survives the end of the process, with SYNC_FLUSH and `waitStored` that of the machine.
   * Rejects with a `StoreError`; then the message is not acknowledged, though it may have been stored when the disk failed.
   */
  put(message: MessageToStore): Promise<PutReceipt> {
    const { refusal } = this
    return refusal === undefined ? this.#writer.put(message) : Promise.reject(refusal)
  }

  /**
   * `put` for a message that is bytes already, in the memory that it was received in: `ticket` is settled when what `put` promises holds. False, with
   * nothing done, when the message has to go through `put`, which says why when it is refused.
   */
  putPlain(message: PlainMessage, options: PlainPutOptions, ticket: PutTicket): boolean {
    return this.refusal === undefined && this.#plainWriter.put(message, options, ticket)
  }

  /** Stores one record per item, with consecutive queue offsets, all in one file. Body, flag and properties of `message` itself are not used. */
  putBatch(message: MessageToStore, items: readonly BatchItemToStore[]): Promise<BatchReceipt> {
    const { refusal } = this
    return refusal === undefined ? this.#writer.putBatch(message, items) : Promise.reject(refusal)
  }

  /** Reads messages of one queue. At once when all it needs is in memory. */
  get(request: GetRequest): GetResult | Promise<GetResult> {
    const closed = this.#closed()
    return closed === undefined ? this.#reader.get(request) : Promise.reject(closed)
  }

  /** Messages by key, tag or unique key. Rejects with STORE_INDEX_FAILED when there is no index any more. */
  async query(request: QueryRequest): Promise<QueryResult> {
    const closed = this.#closed()
    if (closed !== undefined) throw closed
    return this.#query.run(request)
  }

  /** Removes key index files whose messages all lie before `minPhysicalOffset`, never the last one; answers how many. */
  removeIndexBefore(minPhysicalOffset: number): Promise<number> {
    return this.#keyIndex.removeBefore(minPhysicalOffset)
  }

  /**
   * Forgets the queues of a topic, at once, and removes their files. The next message to it is the first of a new queue, with offset 0. Resolves when the
   * deletion outlives a crash. Records stay readable by their position. An unknown topic has nothing to forget.
   */
  async deleteTopic(topic: string): Promise<void> {
    const { refusal } = this
    if (refusal !== undefined) throw refusal
    await this.#deletion.delete(topic)
  }

  /**
   * Removes the queues that `mayGo` of whose messages the log has none any more; the next message to one is the first of a new queue, with offset 0.
   * Queues that never had a message stay. Answers how many went.
   */
  async removeExpiredQueues(mayGo: (topic: string) => boolean): Promise<number> {
    const { refusal } = this
    if (refusal !== undefined) throw refusal
    const { queues, batches, queueFlusher } = this.#opened
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

  /** The offset of the message that was stored at `timestamp`, or of its neighbour; see `searchByTime`. */
  async searchOffset(topic: string, queueId: number, timestamp: number, boundary: Boundary): Promise<number> {
    const queue = this.#queue(topic, queueId)
    if (queue instanceof BatchQueue) return queue.searchByTime(timestamp, boundary)
    return queue === undefined ? 0 : searchByTime(queue, this.#log.reader, timestamp, boundary)
  }

  /** When the first message of the queue was stored; −1 when there is none. */
  async earliestStoreTime(topic: string, queueId: number): Promise<number> {
    const queue = this.#queue(topic, queueId)
    if (queue === undefined) return -1
    if (queue instanceof BatchQueue) return (await queue.unitsFrom(queue.minOffset, 1))[0]?.storeTimestamp ?? -1
    return (await storeTimeOf(queue, this.#log.reader, queue.minOffset)) ?? -1
  }

  /** When the message at `queueOffset` was stored; `undefined` when there is none, or not any more. */
  async storeTime(topic: string, queueId: number, queueOffset: number): Promise<number | undefined> {
    const queue = this.#queue(topic, queueId)
    if (queue === undefined || queueOffset < queue.minOffset || queueOffset >= queue.maxOffset) return undefined
    if (queue instanceof BatchQueue) return (await queue.unitsFrom(queueOffset, 1))[0]?.storeTimestamp
    return storeTimeOf(queue, this.#log.reader, queueOffset)
  }

  /** When the first message of the log was stored; −1 when there is none. */
  async earliestRecordTime(): Promise<number> {
    return (await this.#log.reader.storeTimestampAt(this.#log.minPhysicalOffset)) ?? -1
  }

  /** The whole record that begins at `physicalOffset`; `undefined` when none does. */
  async recordAt(physicalOffset: number): Promise<Buffer | undefined> {
    return this.#log.reader.recordAt(physicalOffset)
  }

  /** Whether the message is among the newest 40 % (accessMessageInMemoryMaxRatio) of the machine's memory in bytes of log. */
  isInMemory(topic: string, queueId: number, queueOffset: number): boolean {
    return this.#reader.isRecent(topic, queueId, queueOffset)
  }

  /** All queues that ever had a message. */
  *queues(): IterableIterator<QueueRange> {
    const { queues, batches } = this.#opened
    for (const table of [queues, batches]) {
      for (const { topic, queueId, minOffset, maxOffset } of table) yield { topic, queueId, minOffset, maxOffset }
    }
  }

  /** Says anew how long files are kept; the next round of cleaning goes by it. */
  changeRetention(change: Partial<RetentionChange>): void {
    Object.assign(this.#opened.settings, change)
  }

  get state(): StoreState {
    const { positions, minPhysicalOffset, tail, flusher } = this.#log
    const { messages, bytes } = this.#writer.counters
    const read = this.#reader.counters
    return {
      appendedOffset: positions.appended,
      writtenOffset: positions.written,
      flushedOffset: positions.flushed,
      dispatchedOffset: positions.dispatched,
      minPhysicalOffset,
      putMessages: messages,
      putBytes: bytes,
      foundReads: read.found,
      missedReads: read.missed,
      readMessages: read.messages,
      waitingPuts: this.#dispatcher.waiting + flusher.waiting,
      tailBytes: tail.bytes,
      queueWindowBytes: this.#opened.queues.memory.bytes,
      diskState: this.#disk.state,
      disk: this.#disk.reading,
      indexBehindBytes: this.#keyIndex.behindBytes,
      indexFailure: this.#keyIndex.failure,
      failure: this.#opened.failures.failure,
    }
  }

  /** Removes files of the log that are old enough within the next rounds of cleaning, whatever the hour. */
  deleteExpiredFiles(): void {
    this.#retention.cleanOnRequest()
  }

  /** Resolves when all that was acknowledged survives the end of the machine. Rejects when the store has failed. */
  async sync(): Promise<void> {
    const { failure } = this.#opened.failures
    if (failure !== undefined) throw refusalAfter(failure)
    const closed = this.#closed()
    if (closed !== undefined) throw closed
    await this.#log.flusher.flush()
  }

  /** Answers those who wait, makes everything durable, and gives the directory back. Idempotent. */
  close(): Promise<void> {
    return this.#lifecycle.close(async () => {
      await this.#retention.close()
      this.#disk.close()
      await this.#log.writer.drained()
      const isClean = await this.#finish()
      await this.#release(isClean)
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #queue(topic: string, queueId: number): ConsumeQueue | BatchQueue | undefined {
    const { queues, batches } = this.#opened
    return queues.find(topic, queueId) ?? batches.find(topic, queueId)
  }

  #closed(): StoreError | undefined {
    return this.#lifecycle.state === 'closed' ? notAvailable('the store is closed') : undefined
  }

  #openIndex({ settings, log, indexFiles, checkpoint, wasCrash, wasIndexCut }: OpenedStore, clock: Clock): KeyIndex {
    const isWritten = settings.messageIndexEnable && settings.indexFileWriteEnable
    const { positions, flusher } = this.#log
    const { indexedOffset, indexEndOffset: endPhysicalOffset, indexMsgTimestamp: endTimestamp } = checkpoint
    const claim = { indexedOffset, endPhysicalOffset, endTimestamp }
    const index = new KeyIndex(
      {
        clock,
        logger: this.#logger,
        files: indexFiles,
        isWritten,
        log,
        dispatched: () => positions.dispatched,
        flushLog: () => flusher.flush(),
        onFileFilled: () => this.#checkpointer.onIndexFileFilled(),
      },
      claim,
      wasCrash || wasIndexCut,
    )
    if (isWritten) this.#dispatcher.keyIndex = index
    return index
  }

  #onWritten(): void {
    this.#dispatcher.onWritten()
    this.#checkpointer.arm()
  }

  /** On a full disk the file is made when the first message needs it. */
  async #warm(): Promise<void> {
    try {
      await this.#log.warm()
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      this.#disk.failed(error)
    }
  }

  /** There was no room for what was appended: none of it is stored, and the senders are told so when nothing of it is left in the file. */
  async #takeBack(error: unknown): Promise<void> {
    this.#disk.failed(error)
    const refuse = this.#writer.takeBack()
    await this.#log.writer.erase(0)
    refuse(this.refusal ?? notAvailable(messageOf(error), error))
  }

  /** Writes what found no room on the disk, and takes the room that the next messages need; answers whether that worked. */
  async #retry(): Promise<boolean> {
    const { queueFlusher, settings, deleted, log } = this.#opened
    if (this.#opened.failures.failure !== undefined) return false
    if (!(await this.#log.writer.erase(settings.chunkBytes)) || !(await queueFlusher.write())) return false
    try {
      // What was taken back may have counted as stored before a topic was deleted.
      await deleted.fitTo(log.first ?? 0, this.#log.positions.written)
      return await this.#checkpointer.write()
    } catch (error) {
      // No room, or told to the latch of failures, and for good.
      this.#logger.debug({ error: messageOf(error) }, 'the store looked for room in vain')
      return false
    }
  }

  /** What the files of log and queues may grow to. */
  #bytes(): number {
    const { log, queues, batches } = this.#opened
    let bytes = log.bytes
    for (const { sequence, extended } of queues) bytes += sequence.bytes + (extended?.sequence.bytes ?? 0)
    for (const { sequence } of batches) bytes += sequence.bytes
    return bytes
  }

  #fail(failure: StoreError): void {
    const refusal = refusalAfter(failure)
    this.#dispatcher.fail(refusal)
    this.#log.flusher.stop(refusal)
  }

  /** Makes everything durable; false when that is not known to have worked. */
  async #finish(): Promise<boolean> {
    await this.#checkpointer.stop()
    await this.#keyIndex.stop()
    if (this.#opened.failures.failure !== undefined) return false
    try {
      if (!(await this.#checkpointer.write())) return false
      await writeCensus(this.#files, censusPlace(this.#opened.directory), this.queues())
      return this.#opened.failures.failure === undefined
    } catch (error) {
      this.#logger.error(
        { error: messageOf(error) },
        'the store could not be closed cleanly: it will be recovered when opened',
      )
      return false
    }
  }

  async #release(isClean: boolean): Promise<void> {
    const { handles, directory, lock, queueFlusher } = this.#opened
    queueFlusher.close()
    try {
      await this.#log.close({ isClean })
      await handles.close()
      if (isClean) await directory.markClosed()
    } finally {
      await lock.release()
    }
  }
}

function multiDispatchOf(settings: StoreSettings, queues: QueueTable): MultiDispatch | undefined {
  const { enableLmq, enableMultiDispatch, enableLmqQuota, maxLmqConsumeQueueNum } = settings
  if (!enableLmq || !enableMultiDispatch) return undefined
  return new MultiDispatch(queues, enableLmqQuota ? maxLmqConsumeQueueNum : Number.POSITIVE_INFINITY)
}
