import type { Clock } from '@cometmq/platform'
import { type Message, type Placement, sysFlag } from '@cometmq/protocol/message'
import type { DelayLevels } from '../dispatch/delay-levels.ts'
import type { Answer, Dispatcher } from '../dispatch/dispatcher.ts'
import type { MultiDispatch } from '../dispatch/multi-dispatch.ts'
import { hasQueueUnit, tagsCodeFor } from '../dispatch/queue-tags.ts'
import { illegalMessage, StoreError } from '../error.ts'
import { isIndexed } from '../index-files/key-index.ts'
import type { CommitLog } from '../log/commit-log.ts'
import type { BatchItemToStore, BatchReceipt, MessageToStore, PutReceipt } from '../message.ts'
import type { StoreSettings } from '../options.ts'
import type { BatchQueues } from '../queue/batch-queues.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'
import type { QueueTable } from '../queue/queue-table.ts'
import { innerCount, withBase } from './inner-batch.ts'
import { FlushedAnswer, PutAnswer } from './put-answer.ts'
import { checkBatch, checkMessage, checkSize } from './put-rules.ts'

export interface MessageWriterParts {
  clock: Clock
  settings: StoreSettings
  log: CommitLog
  queues: QueueTable
  batches: BatchQueues
  queueFlusher: QueueFlusher
  dispatcher: Dispatcher
  delays: DelayLevels
  /** Absent: messages go into their own queue alone. */
  multiDispatch: MultiDispatch | undefined
}

/** Appends messages and answers when what was promised for them holds. */
export class MessageWriter {
  readonly #parts: MessageWriterParts
  /** Filled in anew for every record. */
  readonly #placement: Placement
  /** Of the promise that was made last. */
  #resolve: ((receipt: never) => void) | undefined
  #reject: ((error: Error) => void) | undefined
  #messages = 0
  #bytes = 0

  constructor(parts: MessageWriterParts) {
    this.#parts = parts
    const storeHost = parts.settings.storeHost
    this.#placement = { queueOffset: 0, physicalOffset: 0, storeTimestamp: 0, storeHost }
  }

  /** Messages and bytes appended since the store was opened. */
  get counters(): { messages: number; bytes: number } {
    return { messages: this.#messages, bytes: this.#bytes }
  }

  put(message: MessageToStore): Promise<PutReceipt> {
    const { multiDispatch } = this.#parts
    if ((message.sysFlag & sysFlag.INNER_BATCH) !== 0) return this.#putInBatchQueue(message)
    if (multiDispatch === undefined || !hasQueueUnit(message.sysFlag)) return this.#put(message, undefined)
    const planned = multiDispatch.plan(message)
    if (planned instanceof StoreError) return Promise.reject(planned)
    return this.#put(planned.message, planned.names.length === 0 ? undefined : planned.names)
  }

  /** `names`: further queues that the message goes to. */
  #put(message: MessageToStore, names: readonly string[] | undefined): Promise<PutReceipt> {
    const { settings, log, clock, queues } = this.#parts
    const queue = queues.find(message.topic, message.queueId)
    if (queue === undefined && this.#parts.batches.isBatchTopic(message.topic)) return this.#putInBatchQueue(message)
    const refused = checkMessage(message, settings.maxMessageSize, queue !== undefined)
    if (refused !== undefined) return Promise.reject(refused)
    const size = log.appender.sizeOf(message, settings.storeHost)
    const refusedSize = checkSize(size, size, settings) ?? this.checkLoad(size)
    if (refusedSize !== undefined) return Promise.reject(refusedSize)
    log.appender.makeRoom(size)
    const answered = new Promise<PutReceipt>(this.#takeSettlers)
    const storeTimestamp = clock.now()
    const receipt: PutReceipt = { status: 'PUT_OK', queueOffset: 0, physicalOffset: 0, storeTimestamp, size }
    this.#append(message, queue, size, storeTimestamp, this.#answerFor(message.waitStored, receipt), names)
    receipt.queueOffset = this.#placement.queueOffset
    receipt.physicalOffset = this.#placement.physicalOffset
    log.writer.schedule()
    return answered
  }

  /** One record in a batch queue, of one message or, with INNER_BATCH, of as many as INNER_NUM says. */
  #putInBatchQueue(message: MessageToStore): Promise<PutReceipt> {
    const { settings, log, clock, batches, dispatcher, delays } = this.#parts
    const { topic, queueId } = message
    const count = innerCount(message, batches.isBatchTopic(topic))
    if (count instanceof StoreError) return Promise.reject(count)
    const refused = checkMessage(message, settings.maxMessageSize, false)
    if (refused !== undefined) return Promise.reject(refused)
    const base = batches.find(topic, queueId)?.nextOffset ?? 0
    const placed = withBase(message, base)
    const size = log.appender.sizeOf(placed, settings.storeHost)
    const refusedSize = checkSize(size, size, settings) ?? this.checkLoad(size)
    if (refusedSize !== undefined) return Promise.reject(refusedSize)
    log.appender.makeRoom(size)
    const answered = new Promise<PutReceipt>(this.#takeSettlers)
    const storeTimestamp = clock.now()
    const queue = batches.findOrMake(topic, queueId)
    queue.nextOffset += count
    const placement = this.#placement
    placement.queueOffset = base
    placement.storeTimestamp = storeTimestamp
    log.appender.append(placed, size, placement)
    const { physicalOffset } = placement
    const receipt: PutReceipt = { status: 'PUT_OK', queueOffset: base, physicalOffset, storeTimestamp, size }
    const record = {
      queue: undefined,
      queueOffset: base,
      physicalOffset,
      size,
      tagsCode: tagsCodeFor(topic, placed.properties, storeTimestamp, delays),
      storeTimestamp,
      targets: undefined,
      batch: { queue, count },
      answer: this.#answerFor(message.waitStored, receipt),
    }
    dispatcher.add(record, topic, isIndexed(placed.sysFlag) ? placed.properties : undefined)
    this.count(size)
    log.writer.schedule()
    return answered
  }

  putBatch(message: MessageToStore, items: readonly BatchItemToStore[]): Promise<BatchReceipt> {
    const { settings, log, clock } = this.#parts
    const isBatchTopic = this.#parts.batches.isBatchTopic(message.topic)
    const refused = isBatchTopic
      ? illegalMessage(
          `messages for topic ${message.topic}, whose queues are of type BatchCQ, are stored together as an inner batch`,
        )
      : checkBatch(message, items, settings.maxMessageSize)
    if (refused !== undefined) return Promise.reject(refused)
    const records: Message[] = items.map((item) => ({ ...message, ...item }))
    const sizes = records.map((record) => log.appender.sizeOf(record, settings.storeHost))
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    const refusedSize = checkSize(bytes, Math.max(...sizes), settings) ?? this.checkLoad(bytes)
    if (refusedSize !== undefined) return Promise.reject(refusedSize)
    log.appender.makeRoom(bytes)
    const answered = new Promise<BatchReceipt>(this.#takeSettlers)
    const storeTimestamp = clock.now()
    const receipt: BatchReceipt = { status: 'PUT_OK', queueOffset: 0, physicalOffsets: [], storeTimestamp }
    const answer = this.#answerFor(message.waitStored, receipt)
    for (const [index, record] of records.entries()) {
      const isLast = index === records.length - 1
      this.#append(record, undefined, sizes[index]!, storeTimestamp, isLast ? answer : undefined, undefined)
      if (index === 0) receipt.queueOffset = this.#placement.queueOffset
      receipt.physicalOffsets.push(this.#placement.physicalOffset)
    }
    log.writer.schedule()
    return answered
  }

  /** One function for all promises: each message has one. */
  readonly #takeSettlers = (resolve: (receipt: never) => void, reject: (error: Error) => void): void => {
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Gives up the records that are not written; the result tells their senders why. */
  takeBack(): (reason: Error) => void {
    const { dispatcher, log } = this.#parts
    const records = dispatcher.takeBack()
    log.takeBack()
    this.#messages -= records.length
    for (const { size } of records) this.#bytes -= size
    return (reason) => {
      for (const { answer } of records) answer?.settle(reason)
    }
  }

  #append(
    message: Message,
    known: ConsumeQueue | undefined,
    size: number,
    storeTimestamp: number,
    answer: Answer | undefined,
    names: readonly string[] | undefined,
  ): void {
    const { log, queues, dispatcher, delays } = this.#parts
    const { topic, queueId, properties } = message
    const placement = this.#placement
    const queue = hasQueueUnit(message.sysFlag) ? (known ?? queues.findOrMake(topic, queueId)) : undefined
    placement.queueOffset = queue === undefined ? 0 : queue.nextOffset++
    placement.storeTimestamp = storeTimestamp
    log.appender.append(message, size, placement)
    const record = {
      queue,
      queueOffset: placement.queueOffset,
      physicalOffset: placement.physicalOffset,
      size,
      tagsCode: queue === undefined ? 0 : tagsCodeFor(topic, properties, storeTimestamp, delays),
      storeTimestamp,
      batch: undefined,
      targets: names === undefined ? undefined : this.#parts.multiDispatch!.place(names),
      answer,
    }
    dispatcher.add(record, topic, isIndexed(message.sysFlag) ? properties : undefined)
    this.count(size)
  }

  /** A record of this size was appended. */
  count(size: number): void {
    this.#messages++
    this.#bytes += size
  }

  /** Who is told once the record is written, or never will be: the sender of the promise made last, or the flush that it waits for. */
  #answerFor<R extends PutReceipt | BatchReceipt>(waitStored: boolean, receipt: R): Answer {
    const { settings, log, clock } = this.#parts
    const resolve = this.#resolve as (receipt: R) => void
    if (settings.flushDiskType === 'ASYNC_FLUSH' || !waitStored) return new PutAnswer(receipt, resolve, this.#reject!)
    const deadlineMs = clock.monotonicMs() + settings.syncFlushTimeout
    return new FlushedAnswer(receipt, resolve, this.#reject!, deadlineMs, log)
  }

  /** Why nothing of this size can be taken now; `undefined` when it can. */
  checkLoad(bytes: number): StoreError | undefined {
    const { settings, log, queueFlusher, dispatcher } = this.#parts
    const { appended, written } = log.positions
    if (appended - written + bytes > settings.maxUnwrittenBytes && appended > written) {
      return busy(`${appended - written} bytes wait to be written to the log`, 'maxUnwrittenBytes', settings)
    }
    if (dispatcher.waiting + log.flusher.waiting >= settings.maxWaitingPuts) {
      return busy(`${settings.maxWaitingPuts} messages wait to be acknowledged`, 'maxWaitingPuts', settings)
    }
    if (queueFlusher.unwrittenBytes > settings.maxUnwrittenUnitBytes) {
      const what = `${queueFlusher.unwrittenBytes} bytes wait to be written to the consume queues`
      return busy(what, 'maxUnwrittenUnitBytes', settings)
    }
    const { underWayMs } = log.writer
    if (underWayMs > settings.osPageCacheBusyTimeOutMills) {
      const what = `a write to the log has been under way for ${Math.round(underWayMs)} ms`
      return busy(what, 'osPageCacheBusyTimeOutMills', settings)
    }
    return undefined
  }
}

/** `limit`: the option that says how much is too much. */
function busy(why: string, limit: keyof StoreSettings, settings: StoreSettings): StoreError {
  return new StoreError(
    'STORE_BUSY',
    `the store is busy: ${why} (${limit} ${settings[limit]}); the disk does not keep up, try again later or raise ${limit}`,
    { retriable: true },
  )
}
