import type { Clock, Timer } from '@cometmq/platform'
import type { MessageStore } from '@cometmq/store'

/** Traffic is measured over so long, and over 6 and 60 times of it. RocketMQ: 10 s, 1 min, 10 min. */
const periodMs = 10_000
const windows = [1, 6, 60]

/** Counters that only grow, since the broker was started. */
export interface Counts {
  /** Messages stored. */
  readonly put: number
  /** Reads that found messages, and that found none. */
  readonly found: number
  readonly missed: number
  /** Messages that were read. */
  readonly transferred: number
  /** Timers that were noted, and delivered. */
  readonly timersNoted: number
  readonly timersDelivered: number
}

/** What the counters said at the last two midnights, local time. */
export interface Mornings {
  readonly yesterday: Counts
  readonly today: Counts
}

interface Sample {
  readonly atMs: number
  readonly counts: Counts
}

const none: Counts = { put: 0, found: 0, missed: 0, transferred: 0, timersNoted: 0, timersDelivered: 0 }

/** How much is sent and read: rates over the last 10 s, minute and ten minutes, and totals by day. Looks at the counters every 10 s. */
export class Traffic {
  readonly #store: MessageStore
  readonly #timers: () => { noted: number; delivered: number }
  readonly #clock: Clock
  readonly #timer: Timer
  /** The newest is the last; one more than the longest window has periods. */
  readonly #samples: Sample[]
  #mornings: Mornings = { yesterday: none, today: none }
  #day: number

  constructor(store: MessageStore, timers: () => { noted: number; delivered: number }, clock: Clock) {
    this.#store = store
    this.#timers = timers
    this.#clock = clock
    this.#samples = [this.#sample()]
    this.#day = this.#today()
    this.#timer = clock.every(periodMs, () => this.#look())
  }

  get counts(): Counts {
    const { putMessages, foundReads, missedReads, readMessages } = this.#store.state
    const { noted: timersNoted, delivered: timersDelivered } = this.#timers()
    const read = { found: foundReads, missed: missedReads, transferred: readMessages }
    return { put: putMessages, ...read, timersNoted, timersDelivered }
  }

  get mornings(): Mornings {
    return this.#mornings
  }

  /** A rate per second over each window, as far back as it goes. */
  rates(of: (counts: Counts) => number): number[] {
    const newest = this.#samples.at(-1)!
    return windows.map((periods) => {
      const oldest = this.#samples.at(-1 - periods) ?? this.#samples[0]!
      const seconds = (newest.atMs - oldest.atMs) / 1_000
      return seconds === 0 ? 0 : (of(newest.counts) - of(oldest.counts)) / seconds
    })
  }

  close(): void {
    this.#timer.cancel()
  }

  #look(): void {
    this.#samples.push(this.#sample())
    if (this.#samples.length > Math.max(...windows) + 1) this.#samples.shift()
    const today = this.#today()
    if (today === this.#day) return
    this.#day = today
    this.#mornings = { yesterday: this.#mornings.today, today: this.counts }
  }

  #sample(): Sample {
    return { atMs: this.#clock.monotonicMs(), counts: this.counts }
  }

  #today(): number {
    return new Date(this.#clock.now()).getDate()
  }
}
