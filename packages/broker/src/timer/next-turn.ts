import type { Clock, Timer } from '@cometmq/platform'

/** Between one turn that delivers and the next, so that what falls due meanwhile comes with it; a message that comes alone does not wait. */
const pauseMs = 4
/** A delivery that the store refuses is tried again after this. */
const retryMs = 100
/** A timer of ours does not wait longer, so that a clock that is set forward is noticed. */
const longestWaitMs = 60_000

/** When deliveries have their next turn, and the one timer that brings it. */
export class NextTurn {
  readonly #clock: Clock
  readonly #onTurn: () => void
  #timer: Timer | undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  /** After a failure, */
  #retryAtMs = 0
  /** and after a turn that has delivered all that was due. */
  #pauseEndsMs = 0

  constructor(clock: Clock, onTurn: () => void) {
    this.#clock = clock
    this.#onTurn = onTurn
  }

  /** When the next delivery may be. */
  notBeforeMs(nowMs: number): number {
    // A clock that is set back does not make anybody wait.
    const pauseEndsMs = this.#pauseEndsMs - nowMs > pauseMs ? 0 : this.#pauseEndsMs
    return Math.max(this.#retryAtMs, pauseEndsMs)
  }

  /** All that was due is delivered. */
  pause(nowMs: number): void {
    this.#pauseEndsMs = nowMs + pauseMs
  }

  /** The store has refused a delivery. */
  retryLater(): void {
    this.#retryAtMs = this.#clock.now() + retryMs
  }

  /** Whether deliveries wait because the store has refused one. */
  get waitsToRetry(): boolean {
    return this.#retryAtMs > this.#clock.now()
  }

  /** Sees to it that there is a turn then, or before. Without anything that waits `atMs` is infinite, and there is no timer. */
  at(atMs: number, nowMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY) return
    const timerAtMs = Math.max(Math.min(atMs, nowMs + longestWaitMs), nowMs + 1)
    if (this.#timer !== undefined && this.#timerAtMs <= timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = timerAtMs
    this.#timer = this.#clock.after(timerAtMs - nowMs, () => {
      this.#timer = undefined
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.#onTurn()
    })
  }

  /** No turn comes any more. */
  cancel(): void {
    this.#timer?.cancel()
  }
}
