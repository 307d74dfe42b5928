import { type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import type { RecordCopy } from '@cometmq/protocol'
import {
  decodeRecord,
  propertyNames,
  propertyOf,
  readQueueOffset,
  readStoreTimestamp,
  type StoredMessage,
  systemTopics,
} from '@cometmq/protocol/message'
import { type MessageStore, type PlainPutOptions, PutTicket, TailLease } from '@cometmq/store'

export interface LevelParts {
  queueId: number
  delayMs: number
  nextOffset: number
  store: MessageStore
  clock: Clock
  logger: Logger
  /** Shared by the levels. */
  copy: RecordCopy
  onDelivered: () => void
}

/** Messages that are read, and delivered, at once: few when few are due, */
const fewMessages = 32
/** and more when all of those are. */
const manyMessages = 512
/** Between one delivery and the next, so that what falls due meanwhile comes with it; a message that comes alone does not wait. */
const pauseMs = 4
/** After a failed delivery the same message is tried again. */
const retryMs = 1_000
/** A timer does not wait longer than this, so that a clock that is set forward is noticed. */
const longestWaitMs = 60_000

/** One level: asleep, waiting for its first message to fall due, or delivering. */
export class DelayLevel {
  readonly queueId: number
  /** All before it are delivered. */
  nextOffset: number
  readonly #parts: LevelParts
  readonly #putOptions: PlainPutOptions = { tagsCode: 0, waitStored: true, delayLevel: 0 }
  readonly #lease = new TailLease()
  /** Delivered though one before them is not: at most those of one batch. */
  readonly #deliveredAhead = new Set<number>()
  readonly #spare: Delivery[] = []
  #underWay = 0
  /** In the read before. */
  #hasDelivered = false
  #failure: unknown
  #settled: (() => void) | undefined
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  /** A message came while the last look was ending. */
  #wakeAgain = false
  #closed = false

  constructor(parts: LevelParts) {
    this.#parts = parts
    this.queueId = parts.queueId
    this.nextOffset = parts.nextOffset
  }

  /** Looks at the first message, unless that is under way or timed already. */
  wake(): void {
    if (this.#closed || this.#timer !== undefined) return
    if (this.#running !== undefined) {
      this.#wakeAgain = true
      return
    }
    this.#wakeAgain = false
    this.#running = this.#deliverDue()
      .catch((error: unknown) => {
        this.#parts.logger.error(
          { level: this.queueId + 1, offset: this.nextOffset, reason: messageOf(error) },
          'a delayed message was not delivered; trying again',
        )
        return retryMs
      })
      .then((waitMs) => {
        this.#running = undefined
        if (waitMs !== undefined) this.#sleep(waitMs)
        else if (this.#wakeAgain) this.wake()
      })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  #sleep(waitMs: number): void {
    if (this.#closed) return
    this.#timer = this.#parts.clock.after(Math.min(waitMs, longestWaitMs), () => {
      this.#timer = undefined
      this.wake()
    })
  }

  /** Delivers what is due; resolves to the milliseconds until the next message is, `undefined` when there is none. */
  async #deliverDue(): Promise<number | undefined> {
    const { store } = this.#parts
    let maxMessages = fewMessages
    while (!this.#closed) {
      const place = { topic: systemTopics.SCHEDULE, queueId: this.queueId, offset: this.nextOffset }
      const got = store.get({ ...place, maxMessages, isOwed: true, lease: this.#lease })
      const result = got instanceof Promise ? await got : got
      if (result.status !== 'FOUND') {
        // An offset behind the end is moved back to it: otherwise the messages that come there next would be passed over.
        if (result.nextBeginOffset === this.nextOffset) return undefined
        this.#deliveredAhead.clear()
        this.nextOffset = result.nextBeginOffset
        continue
      }
      const waitMs = this.#begin(result.records)
      // The store has copied what was begun.
      this.#lease.end()
      if (this.#underWay > 0) await new Promise<void>((resolve) => void (this.#settled = resolve))
      const failure = this.#failure
      this.#failure = undefined
      if (failure !== undefined) throw failure
      if (waitMs > 0) return this.#hasDelivered ? Math.max(waitMs, pauseMs) : waitMs
      maxMessages = manyMessages
    }
    return undefined
  }

  /** Begins to deliver those that are due, all together; answers the milliseconds until the first that is not, 0 when all are. */
  #begin(records: readonly Buffer[]): number {
    const { delayMs, clock } = this.#parts
    const nowMs = clock.now()
    this.#hasDelivered = false
    let expected = this.nextOffset
    for (const record of records) {
      const waitMs = readStoreTimestamp(record, 0) + delayMs - nowMs
      // A clock that was set back must not make a message wait longer than its delay.
      if (waitMs > 0 && waitMs <= delayMs) return waitMs
      const offset = readQueueOffset(record, 0)
      // What the log does not have any more holds up nothing.
      while (expected < offset) this.#passed(expected++)
      expected = offset + 1
      if (!this.#deliveredAhead.has(offset)) this.#deliver(record, offset)
    }
    return 0
  }

  #deliver(record: Buffer, offset: number): void {
    const delivery = this.#spare.pop() ?? new Delivery(this.#delivered, this.#failed)
    delivery.offset = offset
    this.#hasDelivered = true
    this.#underWay++
    const { copy, store } = this.#parts
    if (copy.read(record)) {
      this.#putOptions.tagsCode = copy.tagsCode
      if (store.putPlain(copy.message, this.#putOptions, delivery)) return
    }
    this.#deliverUsually(record).then(
      () => delivery.settle(),
      (error: unknown) => delivery.fail(error),
    )
  }

  readonly #delivered = (delivery: Delivery): void => {
    this.#parts.onDelivered()
    this.#passed(delivery.offset)
    this.#end(delivery)
  }

  #passed(offset: number): void {
    if (offset !== this.nextOffset) {
      this.#deliveredAhead.add(offset)
      return
    }
    this.nextOffset++
    while (this.#deliveredAhead.size > 0 && this.#deliveredAhead.delete(this.nextOffset)) this.nextOffset++
  }

  readonly #failed = (delivery: Delivery, error: unknown): void => {
    this.#failure ??= error
    this.#end(delivery)
  }

  #end(delivery: Delivery): void {
    if (this.#spare.length < manyMessages) this.#spare.push(delivery)
    if (--this.#underWay > 0) return
    this.#settled?.()
    this.#settled = undefined
  }

  /** The slow way, for what is not plain. */
  async #deliverUsually(record: Buffer): Promise<void> {
    const message = decodeRecord(record, 0)
    const place = this.#placeOf(message)
    if (place === undefined) return
    const { properties, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, preparedTransactionOffset } = message
    await this.#parts.store.put({
      ...place,
      ...{ properties, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, preparedTransactionOffset },
      body: Buffer.from(message.body),
      waitStored: true,
    })
  }

  /** Where the message belongs; `undefined` when it is not to be delivered. */
  #placeOf({ properties, queueOffset }: StoredMessage): { topic: string; queueId: number } | undefined {
    const { logger } = this.#parts
    const about = { level: this.queueId + 1, offset: queueOffset }
    const topic = propertyOf(properties, propertyNames.REAL_TOPIC)
    const queueId = Number(propertyOf(properties, propertyNames.REAL_QID))
    if (topic === undefined || !Number.isInteger(queueId) || queueId < 0) {
      logger.error(about, 'skipped a delayed message: it does not say where it belongs')
      return undefined
    }
    if (topic === systemTopics.TRANS_HALF) {
      logger.error(
        about,
        "skipped the half message of a transaction: Apache's broker delays those with a delay level, and discards them too",
      )
      return undefined
    }
    return { topic, queueId }
  }
}

/** One delivery between its append and what comes of it; used again for another. */
class Delivery extends PutTicket {
  offset = 0
  readonly #delivered: (delivery: Delivery) => void
  readonly #failed: (delivery: Delivery, error: unknown) => void

  constructor(delivered: (delivery: Delivery) => void, failed: (delivery: Delivery, error: unknown) => void) {
    super()
    this.#delivered = delivered
    this.#failed = failed
  }

  // A flush that takes too long is no reason to deliver once more.
  settle(): void {
    this.#delivered(this)
  }

  fail(error: unknown): void {
    this.#failed(this, error)
  }
}
