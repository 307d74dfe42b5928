import { type Clock, isOutOfSpace, type Logger, messageOf, type Timer } from '@cometmq/platform'
import type { MessageStore } from '@cometmq/store'
import type { TimerStore } from '@cometmq/store/timer'
import type { EarlierDeliveries } from './earlier-deliveries.ts'
import type { OpenSeconds } from './open-seconds.ts'

export interface ProgressParts {
  store: MessageStore
  timers: TimerStore
  seconds: OpenSeconds
  earlier: EarlierDeliveries
  clock: Clock
  logger: Logger
  /** Messages of the queue before it are noted. */
  queueOffset: () => number
}

/** How often progress is written. RocketMQ: timerFlushIntervalMs. */
const periodMs = 1_000
/** How often files of the timer log are looked at that may go. */
const cleanMs = 30_000

/** Writes how far timers are, while that changes. */
export class ProgressWriter {
  readonly #parts: ProgressParts
  #timer: Timer | undefined
  #writing: Promise<void> | undefined
  #isChanged = false
  #isClosed = false
  #lastCleanMs = 0

  constructor(parts: ProgressParts) {
    this.#parts = parts
  }

  /** Progress is to be written. */
  changed(): void {
    this.#isChanged = true
    if (this.#timer !== undefined || this.#isClosed) return
    this.#timer = this.#parts.clock.after(periodMs, () => {
      this.#timer = undefined
      this.#writing ??= this.#round().finally(() => {
        this.#writing = undefined
        if (this.#isChanged) this.changed()
      })
    })
  }

  write(): Promise<void> {
    const { store, timers, seconds, earlier, clock, queueOffset } = this.#parts
    this.#isChanged = false
    seconds.advance(Math.floor(clock.now() / 1_000))
    const deliveredFrom = earlier.deliveredFrom(seconds.read, seconds.deliveredFrom(store.state.appendedOffset))
    const progress = { readSecond: seconds.read, queueOffset: queueOffset(), deliveredFrom }
    return timers.checkpoint(progress, () => store.sync())
  }

  /** Ends the rounds; what has changed since the last one is not written. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#writing
  }

  async #round(): Promise<void> {
    const { store, timers, clock, logger } = this.#parts
    try {
      await this.write()
      if (clock.monotonicMs() - this.#lastCleanMs < cleanMs) return
      this.#lastCleanMs = clock.monotonicMs()
      await timers.removeBefore(store.state.minPhysicalOffset)
    } catch (error) {
      this.#isChanged = true
      // Of a full disk the store tells.
      if (!isOutOfSpace(error))
        logger.error({ reason: messageOf(error) }, 'the progress of timers was not written; trying again')
    }
  }
}
