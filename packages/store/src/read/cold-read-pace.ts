import type { Clock } from '@cometmq/platform'

/** How long the loop is watched before the share of cold reads is changed. */
const windowMs = 20
/** Nobody has read anything old for so long: what the loop did meanwhile says nothing of now. */
const staleMs = 1_000
/** A loop that is busier has no time left: the time between its turns is what messages wait. */
const crowdedShare = 0.75
/** A loop that is less busy has time to give. */
const roomyShare = 0.6
/** Cold reads give way fast and come back slowly. */
const shareStep = 0.02
const shareCut = 0.7
/** What cold reads get at most while anybody sends. */
const mostShare = 0.5
/** Time that was not used is kept up to here, since timers are no finer. */
const maxBudgetMs = 1
/** No turn counts for more: it did not take longer by itself, but because the machine stood still meanwhile. At a share of 5 % that is a wait of half a second. */
const maxDebtMs = 25
const shortestWaitMs = 1

export interface ColdReadPaceParts {
  clock: Clock
  /** Milliseconds for which the event loop was busy, counted from any moment. Absent: nobody is ever held back. */
  loopBusyMs: (() => number) | undefined
  /** Messages stored, counted from any moment. Who keeps up reads what is stored; while nothing is, all readers are readers of old messages. */
  putMessages: () => number
  /** The part of the loop's time that cold reads get however busy it is: between 0 and 1. */
  leastShare: number
}

/**
 * Divides the event loop between reads of old messages and everybody else. While nobody sends, cold reads run freely. Beside such
 * traffic each is answered in a turn of its own, and the time that turn takes, with the answer's way into the socket, is held against their share of the loop:
 * it grows while the loop has time left, shrinks when it has none, and never below `leastShare`.
 */
export class ColdReadPace {
  readonly #parts: ColdReadPaceParts
  /** In the order of their coming; no longer than there may be cold reads under way. */
  readonly #waiting: (() => void)[] = []
  #share = 1
  #windowStartMs: number
  #windowBusyMs: number
  #windowMessages: number
  /** Time that may be used; negative after a turn that took longer, down to `-maxDebtMs`. */
  #budgetMs = maxBudgetMs
  #refilledMs: number
  #isScheduled = false
  #turnStartMs = 0

  constructor(parts: ColdReadPaceParts) {
    this.#parts = parts
    this.#windowStartMs = this.#refilledMs = parts.clock.monotonicMs()
    this.#windowBusyMs = parts.loopBusyMs?.() ?? 0
    this.#windowMessages = parts.putMessages()
  }

  /** The part of the loop's time that cold reads may take now; 1 when nobody else needs it. */
  get share(): number {
    return this.#share
  }

  /** Whether a cold read need not wait for its turn. */
  isFree(): boolean {
    if (this.#parts.loopBusyMs === undefined) return true
    this.#watch()
    return this.#share === 1 && this.#waiting.length === 0
  }

  /** Whether others leave cold reads the least share only. */
  isCrowded(): boolean {
    return !this.isFree() && this.#share <= this.#parts.leastShare
  }

  /** Resolves when the caller may go on. What it does until it waits again is its turn. */
  turn(): Promise<void> {
    if (this.isFree()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#schedule()
    })
  }

  #watch(): void {
    const { clock, loopBusyMs, putMessages, leastShare } = this.#parts
    const now = clock.monotonicMs()
    const elapsedMs = now - this.#windowStartMs
    if (elapsedMs < windowMs) return
    const busyMs = loopBusyMs!()
    const messages = putMessages()
    const busyShare = (busyMs - this.#windowBusyMs) / elapsedMs
    if (messages === this.#windowMessages) this.#share = 1
    else if (this.#share === 1 || elapsedMs > staleMs) this.#share = leastShare
    else if (busyShare > crowdedShare) this.#share = Math.max(leastShare, this.#share * shareCut)
    else if (busyShare < roomyShare) this.#share = Math.max(leastShare, Math.min(mostShare, this.#share + shareStep))
    this.#windowStartMs = now
    this.#windowBusyMs = busyMs
    this.#windowMessages = messages
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return
    this.#isScheduled = true
    this.#refill()
    if (this.#budgetMs > 0) this.#grant()
    else this.#parts.clock.after(Math.max(shortestWaitMs, -this.#budgetMs / this.#share), this.#onTime)
  }

  readonly #onTime = (): void => {
    this.#isScheduled = false
    this.#watch()
    this.#schedule()
  }

  #refill(): void {
    const now = this.#parts.clock.monotonicMs()
    this.#budgetMs = Math.min(maxBudgetMs, this.#budgetMs + (now - this.#refilledMs) * this.#share)
    this.#refilledMs = now
  }

  /**
   * Two ends of a tick that were asked for together follow one another with nothing between them but what the first has set off: promises, and the socket's
   * write. So the second knows what the turn took.
   */
  #grant(): void {
    const { clock } = this.#parts
    clock.endOfTick(() => {
      this.#turnStartMs = clock.monotonicMs()
      this.#waiting.shift()!()
    })
    clock.endOfTick(() => {
      this.#budgetMs = Math.max(-maxDebtMs, this.#budgetMs - (clock.monotonicMs() - this.#turnStartMs))
      this.#onTime()
    })
  }
}
