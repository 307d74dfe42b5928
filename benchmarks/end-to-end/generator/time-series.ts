import { LatencyHistogram } from './latency-histogram.ts'

/** Five minutes of slices; what comes later counts in the totals, but not in the series. */
const maxSlices = 3_000

/** How a window went, slice by slice; all lists are equally long. */
export interface Series {
  /** Where each slice ends, in seconds since the window opened. */
  readonly atSeconds: readonly number[]
  readonly messagesPerSecond: readonly number[]
  readonly p50Ms: readonly number[]
  readonly p99Ms: readonly number[]
}

/** Cuts a window into slices: takes what one histogram holds at each cut, clears it, and keeps the sum. */
export class TimeSeries {
  readonly total = new LatencyHistogram()
  readonly #current: LatencyHistogram
  readonly #atSeconds: number[] = []
  readonly #messagesPerSecond: number[] = []
  readonly #p50Ms: number[] = []
  readonly #p99Ms: number[] = []
  #beganAtMs = 0
  #cutAtMs = 0
  #messages = 0

  constructor(current: LatencyHistogram) {
    this.#current = current
  }

  begin(nowMs: number): void {
    this.#beganAtMs = nowMs
    this.#cutAtMs = nowMs
  }

  /** Ends a slice; `messages` counts from the beginning. */
  cut(nowMs: number, messages: number): void {
    const seconds = (nowMs - this.#cutAtMs) / 1000
    this.total.add(this.#current)
    if (seconds > 0 && this.#atSeconds.length < maxSlices) {
      this.#atSeconds.push(rounded((nowMs - this.#beganAtMs) / 1000))
      this.#messagesPerSecond.push(Math.round((messages - this.#messages) / seconds))
      this.#p50Ms.push(rounded(this.#current.percentileMs(0.5)))
      this.#p99Ms.push(rounded(this.#current.percentileMs(0.99)))
    }
    this.#current.clear()
    this.#cutAtMs = nowMs
    this.#messages = messages
  }

  series(): Series {
    const [atSeconds, messagesPerSecond] = [this.#atSeconds, this.#messagesPerSecond]
    return { atSeconds, messagesPerSecond, p50Ms: this.#p50Ms, p99Ms: this.#p99Ms }
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(3))
}
