import { type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import {
  decodeRecord,
  javaHashCode,
  propertyNames,
  propertyOf,
  type StoredMessage,
  systemTopics,
} from '@cometmq/protocol/message'
import { type MessageStore, TailLease } from '@cometmq/store'
import { type TimerStore, type TimerUnit, timerBits } from '@cometmq/store/timer'
import type { OpenSeconds } from './open-seconds.ts'

export interface IntakeParts {
  store: MessageStore
  timers: TimerStore
  seconds: OpenSeconds
  /** What is due later than this waits for a part of it, and is then appended again, so that the log keeps it. */
  rollWindowMs: number
  clock: Clock
  logger: Logger
  /** Takes what waits for a second that is in memory. `key`: of the message that it takes back. */
  admit: (second: number, unit: TimerUnit, key: string | undefined, dueMs: number) => void
  /** Something was taken in. */
  onProgress: () => void
}

/** Messages that are read at once. */
const batchMessages = 256
/** Between one reading of the queue and the next, so that what arrives meanwhile comes with it; a message that comes alone does not wait. */
const pauseMs = 5
/** After a failure the queue is read again. */
const retryMs = 1_000

/** Reads the queue of timers, and notes of each message for which second it waits. */
export class TimerIntake {
  readonly #parts: IntakeParts
  readonly #lease = new TailLease()
  #nextOffset: number
  #running: Promise<void> | undefined
  /** Until the queue is read again, after a failure or a pause. */
  #wait: Timer | undefined
  #readAtMs = Number.NEGATIVE_INFINITY
  #isAgain = false
  /** Messages since the broker was started. */
  noted = 0
  #isClosed = false

  constructor(parts: IntakeParts, nextOffset: number) {
    this.#parts = parts
    this.#nextOffset = nextOffset
  }

  /** Messages of the queue before it are noted. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** Messages that are not noted yet. */
  get behind(): number {
    return Math.max(0, this.#parts.store.maxOffset(systemTopics.TIMER_WHEEL, 0) - this.#nextOffset)
  }

  /** There may be more in the queue. */
  wake(): void {
    if (this.#isClosed || this.#wait !== undefined) return
    if (this.#running !== undefined) {
      this.#isAgain = true
      return
    }
    const sinceMs = this.#parts.clock.monotonicMs() - this.#readAtMs
    if (sinceMs < pauseMs) return this.#wakeAfter(pauseMs - sinceMs)
    this.#running = this.takeAll()
      .catch((error: unknown) => {
        this.#parts.logger.error(
          { offset: this.#nextOffset, reason: messageOf(error) },
          'the queue of timers was not read; trying again',
        )
        this.#wakeAfter(retryMs)
      })
      .then(() => {
        this.#running = undefined
        this.#readAtMs = this.#parts.clock.monotonicMs()
        if (this.#isAgain) this.wake()
      })
  }

  #wakeAfter(delayMs: number): void {
    this.#wait = this.#parts.clock.after(delayMs, () => {
      this.#wait = undefined
      this.wake()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wait?.cancel()
    await this.#running
  }

  /** Notes all that is there. */
  async takeAll(): Promise<void> {
    const { store, timers, clock, onProgress } = this.#parts
    while (!this.#isClosed) {
      this.#isAgain = false
      const request = {
        topic: systemTopics.TIMER_WHEEL,
        queueId: 0,
        offset: this.#nextOffset,
        maxMessages: batchMessages,
        isOwed: true,
        lease: this.#lease,
      }
      const got = store.get(request)
      const result = got instanceof Promise ? await got : got
      for (const record of result.records) {
        const message = decodeRecord(record, 0)
        this.#take(message)
        this.#nextOffset = message.queueOffset + 1
      }
      this.#lease.end()
      if (result.records.length === 0) {
        if (result.nextBeginOffset === this.#nextOffset) return
        this.#nextOffset = result.nextBeginOffset
      }
      onProgress()
      if (timers.isCrowded) await timers.write()
      else if (this.behind === 0) return
      // Others have their turn before the next ones.
      else if (result.records.length > 0) await new Promise<void>((resolve) => clock.endOfTick(resolve))
    }
  }

  #take(message: StoredMessage): void {
    const { timers, seconds, clock, logger, admit } = this.#parts
    const { properties, physicalOffset, size } = message
    const outMs = Number(propertyOf(properties, propertyNames.TIMER_OUT_MS))
    const topic = propertyOf(properties, propertyNames.REAL_TOPIC)
    if (!Number.isSafeInteger(outMs) || outMs < 0 || topic === undefined) {
      logger.error(
        { offset: message.queueOffset },
        'skipped a timer: it does not say when it is due, or where it belongs',
      )
      return
    }
    const nowMs = clock.now()
    const key = propertyOf(properties, propertyNames.TIMER_DEL_UNIQKEY)
    let bits: number = timerBits.ALWAYS | (key === undefined ? 0 : timerBits.DELETE)
    let dueMs = this.#rolledTo(outMs, nowMs)
    if (dueMs !== outMs) bits |= timerBits.ROLL
    let second = Math.max(Math.floor(dueMs / 1_000), seconds.read)
    if (timers.isTaken(second, seconds.read)) {
      // The wheel has not come round: at once to the end of the queue, from where it is tried again.
      second = seconds.read
      dueMs = nowMs
      bits |= timerBits.ROLL
    }
    // What comes late waits for the first second that is read.
    const noted = Math.floor(dueMs / 1_000) < second ? second * 1_000 : dueMs
    const unit = {
      bits,
      writtenMs: Math.min(nowMs, noted),
      dueMs: noted,
      physicalOffset,
      size,
      topicHash: javaHashCode(topic),
    }
    timers.add(second, unit)
    this.noted++
    if (second <= seconds.loaded) admit(second, unit, key, dueMs)
  }

  /** When it is looked at: at its time, or earlier when that is far away. Source: TimerMessageStore of Apache RocketMQ. */
  #rolledTo(outMs: number, nowMs: number): number {
    const { rollWindowMs } = this.#parts
    const waitMs = outMs - nowMs
    if (waitMs < rollWindowMs) return outMs
    return waitMs - rollWindowMs < rollWindowMs / 3 ? nowMs + rollWindowMs / 2 : nowMs + rollWindowMs
  }
}
