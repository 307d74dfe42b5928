import type { Clock } from '@cometmq/platform'
import { type Message, type Placement, recordSize } from '@cometmq/protocol/message'
import type { DelayLevels } from '../dispatch/delay-levels.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { MultiDispatch } from '../dispatch/multi-dispatch.ts'
import { hasQueueUnit, tagsCodeFor } from '../dispatch/queue-tags.ts'
import { StoreError } from '../error.ts'
import type { CommitLog } from '../log/commit-log.ts'
import type { BatchItemToStore, BatchReceipt, MessageToStore, PutReceipt, PutStatus } from '../message.ts'
import type { StoreSettings } from '../options.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'
import type { QueueTable } from '../queue/queue-table.ts'
import { checkBatch, checkMessage, checkSize } from './put-rules.ts'

export interface MessageWriterParts {
  clock: Clock
  settings: StoreSettings
  log: CommitLog
  queues: QueueTable
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
    if (multiDispatch === undefined || !hasQueueUnit(message.sysFlag)) return this.#put(message, undefined)
    const planned = multiDispatch.plan(message)
    if (planned instanceof StoreError) return Promise.reject(planned)
    return this.#put(planned.message, planned.names.length === 0 ? undefined : planned.names)
  }

  /** `names`: further queues that the message goes to. */
  #put(message: MessageToStore, names: readonly string[] | undefined): Promise<PutReceipt> {
    const { settings, log, clock, queues } = this.#parts
    const queue = queues.find(message.topic, message.queueId)
    const refused = checkMessage(message, settings.maxMessageSize, queue !== undefined)
    if (refused !== undefined) return Promise.reject(refused)
    const size = recordSize(message, settings.storeHost)
    const refusedSize = checkSize(size, size, settings) ?? this.#checkLoad(size)
    if (refusedSize !== undefined) return Promise.reject(refusedSize)
    log.appender.makeRoom(size)
    return new Promise((resolve, reject) => {
      const receipt: PutReceipt = {
        status: 'PUT_OK',
        queueOffset: 0,
        physicalOffset: 0,
        storeTimestamp: clock.now(),
        size,
      }
      const settle = this.#settler(message.waitStored, receipt, resolve, reject)
      this.#append(message, queue, size, receipt.storeTimestamp, settle, names)
      receipt.queueOffset = this.#placement.queueOffset
      receipt.physicalOffset = this.#placement.physicalOffset
      log.writer.schedule()
    })
  }

  putBatch(message: MessageToStore, items: readonly BatchItemToStore[]): Promise<BatchReceipt> {
    const { settings, log, clock } = this.#parts
    const refused = checkBatch(message, items, settings.maxMessageSize)
    if (refused !== undefined) return Promise.reject(refused)
    const records: Message[] = items.map((item) => ({ ...message, ...item }))
    const sizes = records.map((record) => recordSize(record, settings.storeHost))
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    const refusedSize = checkSize(bytes, Math.max(...sizes), settings) ?? this.#checkLoad(bytes)
    if (refusedSize !== undefined) return Promise.reject(refusedSize)
    log.appender.makeRoom(bytes)
    return new Promise((resolve, reject) => {
      const storeTimestamp = clock.now()
      const receipt: BatchReceipt = { status: 'PUT_OK', queueOffset: 0, physicalOffsets: [], storeTimestamp }
      const settle = this.#settler(message.waitStored, receipt, resolve, reject)
      for (const [index, record] of records.entries()) {
        const isLast = index === records.length - 1
        this.#append(record, undefined, sizes[index]!, storeTimestamp, isLast ? settle : undefined, undefined)
        if (index === 0) receipt.queueOffset = this.#placement.queueOffset
        receipt.physicalOffsets.push(this.#placement.physicalOffset)
      }
      log.writer.schedule()
    })
  }

  #append(
    message: Message,
    known: ConsumeQueue | undefined,
    size: number,
    storeTimestamp: number,
    settle: ((failure: Error | undefined) => void) | undefined,
    names: readonly string[] | undefined,
  ): void {
    const { log, queues, dispatcher, delays } = this.#parts
    const { topic, queueId, properties } = message
    const placement = this.#placement
    const queue = hasQueueUnit(message.sysFlag) ? (known ?? queues.findOrMake(topic, queueId)) : undefined
    placement.queueOffset = queue === undefined ? 0 : queue.nextOffset++
    placement.storeTimestamp = storeTimestamp
    log.appender.append(message, size, placement)
    dispatcher.add({
      queue,
      queueOffset: placement.queueOffset,
      physicalOffset: placement.physicalOffset,
      size,
      tagsCode: queue === undefined ? 0 : tagsCodeFor(topic, properties, storeTimestamp, delays),
      storeTimestamp,
      targets: names === undefined ? undefined : this.#parts.multiDispatch!.place(names),
      settle,
    })
    this.#messages++
    this.#bytes += size
  }

  /** What is to be done once the record is written, or never will be: answer, or wait for the flush first. */
  #settler<R extends { status: PutStatus }>(
    waitStored: boolean,
    receipt: R,
    resolve: (receipt: R) => void,
    reject: (error: Error) => void,
  ): (failure: Error | undefined) => void {
    const { settings, log, clock } = this.#parts
    if (settings.flushDiskType === 'ASYNC_FLUSH' || !waitStored) {
      return (failure) => (failure === undefined ? resolve(receipt) : reject(failure))
    }
    const deadlineMs = clock.monotonicMs() + settings.syncFlushTimeout
    return (failure) => {
      if (failure !== undefined) return reject(failure)
      const settle = (status: PutStatus) => {
        receipt.status = status
        resolve(receipt)
      }
      log.flusher.wait({ end: log.positions.written, deadlineMs, settle, fail: reject })
    }
  }

  #checkLoad(bytes: number): StoreError | undefined {
    const { settings, log, queueFlusher, dispatcher } = this.#parts
    const { appended, written } = log.positions
    if (appended - written + bytes > settings.maxUnwrittenBytes && appended > written) {
      return busy(`${appended - written} bytes wait to be written to the log`)
    }
    if (dispatcher.waiting + log.flusher.waiting >= settings.maxWaitingPuts) {
      return busy(`${settings.maxWaitingPuts} messages wait to be acknowledged`)
    }
    if (queueFlusher.unwrittenBytes > settings.maxUnwrittenUnitBytes) {
      return busy(`${queueFlusher.unwrittenBytes} bytes wait to be written to the consume queues`)
    }
    return undefined
  }
}

function busy(why: string): StoreError {
  return new StoreError('STORE_BUSY', `the store is busy: ${why}; the disk does not keep up, try again later`, {
    retriable: true,
  })
}
