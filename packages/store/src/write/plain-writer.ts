import { hostBytes, isPlainTopic, type Placement, type PlainMessage, plainRecordSize } from '@cometmq/protocol/message'
import type { Answer, PendingRecord } from '../dispatch/dispatcher.ts'
import { hasQueueUnit } from '../dispatch/queue-tags.ts'
import { isIndexed } from '../index-files/key-index.ts'
import type { CommitLog } from '../log/commit-log.ts'
import type { MessageWriter, MessageWriterParts } from './message-writer.ts'
import { checkSize } from './put-rules.ts'
import type { PutTicket } from './put-ticket.ts'

/** What the record of a plain message does not say. */
export interface PlainPutOptions {
  /** The hash of its tag, 0 for none. */
  tagsCode: number
  /** False: settle before the flush even with SYNC_FLUSH. */
  waitStored: boolean
  /** Of a message in the topic of delayed messages; 0 for any other. Its unit has the time of delivery and not the hash of a tag. */
  delayLevel: number
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Appends plain messages without making an object for each: `MessageWriter.put` for messages that are bytes already. What it would refuse, or what is not
 * plain about the store, is left to `put`.
 */
export class PlainWriter {
  readonly #parts: MessageWriterParts
  readonly #writer: MessageWriter
  readonly #storeHost: Buffer | undefined
  /** Filled in anew for every record. */
  readonly #placement: Placement
  /** The same; a message that asks for further queues is not plain. */
  readonly #record: Mutable<PendingRecord>

  constructor(parts: MessageWriterParts, writer: MessageWriter) {
    this.#parts = parts
    this.#writer = writer
    const { storeHost } = parts.settings
    this.#storeHost = hostBytes(storeHost)
    this.#placement = { queueOffset: 0, physicalOffset: 0, storeTimestamp: 0, storeHost }
    const record = { queue: undefined, queueOffset: 0, physicalOffset: 0, size: 0, tagsCode: 0, storeTimestamp: 0 }
    this.#record = { ...record, targets: undefined, batch: undefined, answer: undefined }
  }

  /** False when nothing was done. Otherwise the message is copied, and `ticket` hears later what became of it. */
  put(message: PlainMessage, options: PlainPutOptions, ticket: PutTicket): boolean {
    const { settings, log, clock, queues, dispatcher, delays } = this.#parts
    const queue = queues.find(message.topic, message.queueId)
    if (queue === undefined || !hasQueueUnit(message.sysFlag) || !isPlainTopic(message.topic)) return false
    const storeHost = this.#storeHost
    if (storeHost === undefined || message.body.length > settings.maxMessageSize) return false
    const size = plainRecordSize(message, storeHost)
    if (checkSize(size, size, settings) !== undefined || this.#writer.checkLoad(size) !== undefined) return false
    log.appender.makeRoom(size)
    const placement = this.#placement
    placement.storeTimestamp = clock.now()
    placement.queueOffset = queue.nextOffset++
    log.appender.appendPlain(message, size, placement, storeHost)
    const mustWait = settings.flushDiskType === 'SYNC_FLUSH' && options.waitStored
    ticket.deadlineMs = mustWait ? clock.monotonicMs() + settings.syncFlushTimeout : Number.NaN
    ticket.queueOffset = placement.queueOffset
    ticket.physicalOffset = placement.physicalOffset
    ticket.answer ??= new PlainAnswer(ticket, log)
    const record = this.#record
    record.queue = queue
    record.queueOffset = placement.queueOffset
    record.physicalOffset = placement.physicalOffset
    record.size = size
    record.tagsCode =
      options.delayLevel === 0 ? options.tagsCode : delays.deliverAt(options.delayLevel, placement.storeTimestamp)
    record.storeTimestamp = placement.storeTimestamp
    record.answer = ticket.answer
    if (isIndexed(message.sysFlag)) {
      dispatcher.addPlain(record, message.topic, message.properties, message.propertiesLength)
    } else dispatcher.add(record, message.topic, undefined)
    this.#writer.count(size)
    log.writer.schedule()
    return true
  }
}

/** Tells a ticket that its message is written, or lets it wait for the flush. */
class PlainAnswer implements Answer {
  readonly #ticket: PutTicket
  readonly #log: CommitLog

  constructor(ticket: PutTicket, log: CommitLog) {
    this.#ticket = ticket
    this.#log = log
  }

  settle(failure: Error | undefined): void {
    const ticket = this.#ticket
    if (failure !== undefined) return ticket.fail(failure)
    if (Number.isNaN(ticket.deadlineMs)) return ticket.settle('PUT_OK')
    ticket.end = this.#log.positions.written
    this.#log.flusher.wait(ticket)
  }
}
