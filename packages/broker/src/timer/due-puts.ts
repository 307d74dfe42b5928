import { type Logger, messageOf } from '@cometmq/platform'
import { RecordCopy } from '@cometmq/protocol'
import { propertyNames } from '@cometmq/protocol/message'
import { type MessageStore, type PlainPutOptions, PutTicket, StoreError } from '@cometmq/store'
import { timerBits } from '@cometmq/store/timer'
import { delivered, rolled } from './timer-messages.ts'
import type { Upcoming } from './upcoming.ts'
import { waitingMessage } from './waiting-record.ts'

export interface DuePutsParts {
  store: MessageStore
  logger: Logger
  onPut: (upcoming: Upcoming) => void
  onFailed: (upcoming: Upcoming, error: unknown) => void
}

const { TIMER_ENQUEUE_MS, TIMER_DEQUEUE_MS } = propertyNames
const enqueueMs = Buffer.from(`${TIMER_ENQUEUE_MS}\u0001`)
const dequeueMs = Buffer.from(`${TIMER_DEQUEUE_MS}\u0001`)
/** Objects that stand for a delivery and are kept for the next ones. */
const maxSpare = 1_024

/** Stores what is due where it belongs: its bytes are copied, and only what is not plain is decoded. */
export class DuePuts {
  readonly #parts: DuePutsParts
  readonly #copy = new RecordCopy({ without: [TIMER_ENQUEUE_MS, TIMER_DEQUEUE_MS], notWith: [] })
  /** The checkpoint sees to it that it is durable. */
  readonly #putOptions: PlainPutOptions = { tagsCode: 0, waitStored: false, delayLevel: 0 }
  readonly #spare: DuePut[] = []

  constructor(parts: DuePutsParts) {
    this.#parts = parts
  }

  /** One of the two is told later, in no turn before the store has taken it. */
  put(upcoming: Upcoming, nowMs: number): void {
    const ticket = this.#spare.pop() ?? new DuePut(this.#ended)
    ticket.upcoming = upcoming
    if (this.#putPlain(upcoming, nowMs, ticket)) return
    this.#putUsually(upcoming, nowMs).then(
      () => ticket.settle(),
      (error: unknown) => ticket.fail(error),
    )
  }

  /** The bytes that `#putUsually` would store. False when it has to. */
  #putPlain({ unit, record }: Upcoming, nowMs: number, ticket: DuePut): boolean {
    const copy = this.#copy
    if ((unit.bits & timerBits.ROLL) !== 0 || !copy.read(record)) return false
    copy.message.preparedTransactionOffset = copy.physicalOffset
    copy.appendNumber(enqueueMs, unit.writtenMs)
    copy.appendNumber(dequeueMs, nowMs)
    this.#putOptions.tagsCode = copy.tagsCode
    return this.#parts.store.putPlain(copy.message, this.#putOptions, ticket)
  }

  async #putUsually({ unit, record }: Upcoming, nowMs: number): Promise<void> {
    const { store, logger } = this.#parts
    const { physicalOffset } = unit
    const waiting = waitingMessage(record)
    const isRoll = (unit.bits & timerBits.ROLL) !== 0
    const message = waiting && (isRoll ? rolled(waiting, nowMs) : delivered(waiting, unit, nowMs))
    if (message === undefined) {
      logger.error({ physicalOffset }, 'skipped a timer: it does not say where it belongs')
      return
    }
    try {
      await store.put(message)
    } catch (error) {
      if (!isForGood(error)) throw error
      // It has no room for what a delivery adds: without that.
      await store.put({ ...message, properties: waiting!.properties }).catch((again: unknown) => {
        if (!isForGood(again)) throw again
        logger.error(
          { physicalOffset, topic: message.topic, reason: messageOf(again) },
          'a timer is dropped: the store will never take its message',
        )
      })
    }
  }

  readonly #ended = (ticket: DuePut, failure: unknown): void => {
    const upcoming = ticket.upcoming!
    ticket.upcoming = undefined
    if (this.#spare.length < maxSpare) this.#spare.push(ticket)
    if (failure === undefined) this.#parts.onPut(upcoming)
    else this.#parts.onFailed(upcoming, failure)
  }
}

/** One delivery between its append and what comes of it; used again for another. */
class DuePut extends PutTicket {
  upcoming: Upcoming | undefined
  readonly #ended: (ticket: DuePut, failure: unknown) => void

  constructor(ended: (ticket: DuePut, failure: unknown) => void) {
    super()
    this.#ended = ended
  }

  settle(): void {
    this.#ended(this, undefined)
  }

  fail(error: unknown): void {
    this.#ended(this, error)
  }
}

/** Whether the store will never take the message: to try again would hold up all that are behind it. */
const isForGood = (error: unknown) =>
  error instanceof StoreError && (error.code === 'STORE_MESSAGE_ILLEGAL' || error.code === 'STORE_PROPERTIES_TOO_LONG')
