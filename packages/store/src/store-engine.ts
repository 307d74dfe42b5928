import { type Clock, type FileSystem, isOutOfSpace, type Logger, messageOf } from '@cometmq/platform'
import { TopicDeletion } from './deletion/topic-deletion.ts'
import { Dispatcher } from './dispatch/dispatcher.ts'
import { MultiDispatch } from './dispatch/multi-dispatch.ts'
import { notAvailable, refusalAfter, type StoreError } from './error.ts'
import { KeyIndex } from './index-files/key-index.ts'
import { CommitLog } from './log/commit-log.ts'
import { censusPlace, type OpenedStore, type StoreWorld } from './open-store.ts'
import type { StoreSettings } from './options.ts'
import type { BatchQueue } from './queue/batch-queue.ts'
import type { ConsumeQueue } from './queue/consume-queue.ts'
import type { QueueTable } from './queue/queue-table.ts'
import { MessageQuery } from './read/message-query.ts'
import { MessageReader } from './read/message-reader.ts'
import { Checkpointer } from './recovery/checkpointer.ts'
import { writeCensus } from './recovery/queue-census.ts'
import { QueueCleaner } from './retention/queue-cleaner.ts'
import { Retention } from './retention/retention.ts'
import { MessageWriter } from './write/message-writer.ts'
import { PlainWriter } from './write/plain-writer.ts'

const defaultMemoryBytes = 8 * 1024 ** 3
const defaultFileThreads = 4

/**
 * The parts of a store that is open, put together: who is told of what, and what happens when it starts, when the disk is full or fails, and when it ends. What can be asked
 * of a store is in `MessageStore`.
 */
export class StoreEngine {
  readonly opened: OpenedStore
  readonly log: CommitLog
  readonly dispatcher: Dispatcher
  readonly keyIndex: KeyIndex
  readonly writer: MessageWriter
  readonly plainWriter: PlainWriter
  readonly reader: MessageReader
  readonly deletion: TopicDeletion
  readonly retention: Retention
  readonly query: MessageQuery
  readonly #checkpointer: Checkpointer
  readonly #files: FileSystem
  readonly #logger: Logger

  constructor(opened: OpenedStore, { files, clock, logger, memoryBytes, loopBusyMs, fileThreads }: StoreWorld) {
    const { settings, queues, batches, queueFlusher, failures, recovered, directory, delays, disk } = opened
    this.opened = opened
    this.#files = files
    this.#logger = logger
    this.log = new CommitLog({
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
    this.dispatcher = new Dispatcher(this.log.positions, queueFlusher, logger, recovered.lastRecord)
    this.keyIndex = this.#openIndex(opened, clock)
    this.#checkpointer = new Checkpointer(
      {
        files,
        clock,
        logger,
        path: directory.checkpoint,
        logFlusher: this.log.flusher,
        queueFlusher,
        keyIndex: this.keyIndex,
        lastRecord: () => this.dispatcher.lastRecord,
        intervalMs: settings.flushIntervalConsumeQueue,
        leastPages: settings.flushConsumeQueueLeastPages,
        thoroughIntervalMs: settings.flushConsumeQueueThoroughInterval,
        afterBytes: settings.checkpointAfterBytes,
        onFailure: failures.report,
        onFull: (error) => disk.failed(error),
      },
      opened.checkpoint,
    )
    const { dispatcher, log } = this
    const multiDispatch = multiDispatchOf(settings, queues)
    const writing = { clock, settings, log, queues, batches, queueFlusher, dispatcher, delays, multiDispatch }
    this.writer = new MessageWriter(writing)
    this.plainWriter = new PlainWriter(writing, this.writer)
    this.reader = new MessageReader({
      log,
      queues,
      batches,
      settings,
      clock,
      loopBusyMs,
      fileThreads: fileThreads ?? defaultFileThreads,
      putMessages: () => this.writer.counters.messages,
      recentBytes: ((memoryBytes ?? defaultMemoryBytes) * settings.accessMessageInMemoryMaxRatio) / 100,
      onUnreadable: (queue, { physicalOffset, size }) =>
        logger.error(
          { queue: `${queue}`, physicalOffset, size },
          'the log does not hold the record that a queue names',
        ),
    })
    this.deletion = new TopicDeletion({
      clock,
      positions: log.positions,
      queues,
      batches,
      queueFlusher,
      deleted: opened.deleted,
      lastRecord: () => dispatcher.lastRecord,
      onFailure: failures.report,
    })
    this.retention = new Retention({
      files,
      clock,
      logger,
      settings,
      disk,
      sequence: opened.log,
      durableOffset: () => Math.min(this.log.positions.flushed, this.#checkpointer.durableUnitsOffset),
      makeDurable: () => this.#checkpointer.write(),
      followers: [
        new QueueCleaner([queues, batches], clock, logger),
        this.keyIndex,
        { removeBefore: (min) => opened.deleted.fitTo(min, log.positions.appended) },
      ],
      storeBytes: async () => this.#bytes(),
    })
    this.query = new MessageQuery(this.keyIndex, (physicalOffset) => this.reader.recordAt(physicalOffset), settings)
    failures.listen((failure) => this.#fail(failure))
  }

  /** Why no message is accepted now; `undefined` when they are. */
  get refusal(): StoreError | undefined {
    const { failure } = this.opened.failures
    return failure === undefined ? this.opened.disk.refusal : refusalAfter(failure)
  }

  /** Makes ready what the first message needs. When it rejects the files are given back. */
  async start(): Promise<void> {
    try {
      await this.#warm()
      await this.keyIndex.start()
      // What a recovery has made again is made again once more when this process ends before it is durable: nobody need wait for it.
      if (this.opened.queueFlusher.hasUnsynced) this.#checkpointer.hurry()
      else await this.#checkpointer.write()
    } catch (error) {
      await this.#release(false)
      throw error
    }
    this.retention.start()
    this.opened.disk.listen({ onRefusing: () => this.retention.cleanSoon(), retry: () => this.#retry() })
  }

  /** Answers those who wait, makes everything durable, and gives the files back. */
  async close(): Promise<void> {
    await this.retention.close()
    this.opened.disk.close()
    await this.log.writer.drained()
    const isClean = await this.#finish()
    await this.#release(isClean)
  }

  /** All queues that ever had a message, of both kinds. */
  *queues(): IterableIterator<ConsumeQueue | BatchQueue> {
    yield* this.opened.queues
    yield* this.opened.batches
  }

  #openIndex({ settings, log, indexFiles, checkpoint, wasCrash, wasIndexCut }: OpenedStore, clock: Clock): KeyIndex {
    const isWritten = settings.messageIndexEnable && settings.indexFileWriteEnable
    const { positions, flusher } = this.log
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
    if (isWritten) this.dispatcher.keyIndex = index
    return index
  }

  #onWritten(): void {
    this.dispatcher.onWritten()
    this.#checkpointer.arm()
  }

  /** On a full disk the file is made when the first message needs it. */
  async #warm(): Promise<void> {
    try {
      await this.log.warm()
    } catch (error) {
      if (!isOutOfSpace(error)) throw error
      this.opened.disk.failed(error)
    }
  }

  /** There was no room for what was appended: none of it is stored, and the senders are told so when nothing of it is left in the file. */
  async #takeBack(error: unknown): Promise<void> {
    this.opened.disk.failed(error)
    const refuse = this.writer.takeBack()
    await this.log.writer.erase(0)
    refuse(this.refusal ?? notAvailable(messageOf(error), error))
  }

  /** Writes what found no room on the disk, and takes the room that the next messages need; answers whether that worked. */
  async #retry(): Promise<boolean> {
    const { queueFlusher, settings, deleted, log } = this.opened
    if (this.opened.failures.failure !== undefined) return false
    if (!(await this.log.writer.erase(settings.chunkBytes)) || !(await queueFlusher.write())) return false
    try {
      // What was taken back may have counted as stored before a topic was deleted.
      await deleted.fitTo(log.first ?? 0, this.log.positions.written)
      return await this.#checkpointer.write()
    } catch (error) {
      // No room, or told to the latch of failures, and for good.
      this.#logger.debug({ error: messageOf(error) }, 'the store looked for room in vain')
      return false
    }
  }

  /** What the files of log and queues may grow to. */
  #bytes(): number {
    const { log, queues, batches } = this.opened
    let bytes = log.bytes
    for (const { sequence, extended } of queues) bytes += sequence.bytes + (extended?.sequence.bytes ?? 0)
    for (const { sequence } of batches) bytes += sequence.bytes
    return bytes
  }

  #fail(failure: StoreError): void {
    const refusal = refusalAfter(failure)
    this.dispatcher.fail(refusal)
    this.log.flusher.stop(refusal)
  }

  /** Makes everything durable; false when that is not known to have worked. */
  async #finish(): Promise<boolean> {
    await this.#checkpointer.stop()
    await this.keyIndex.stop()
    if (this.opened.failures.failure !== undefined) return false
    try {
      if (!(await this.#checkpointer.write())) return false
      await writeCensus(this.#files, censusPlace(this.opened.directory), this.queues())
      return this.opened.failures.failure === undefined
    } catch (error) {
      this.#logger.error(
        { error: messageOf(error) },
        'the store could not be closed cleanly: it will be recovered when opened',
      )
      return false
    }
  }

  async #release(isClean: boolean): Promise<void> {
    const { handles, directory, lock, queueFlusher } = this.opened
    queueFlusher.close()
    try {
      await this.log.close({ isClean })
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
