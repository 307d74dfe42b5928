/**
 * When each send of a fixed rate is meant to leave. Sends come in ticks of at least a millisecond, all of a tick at its
 * beginning. A latency counts from the meant instant, however late the send really left, so that a server that stalls
 * is charged with all that would have come meanwhile (no coordinated omission).
 */
const leastTickMs = 1

export class Schedule {
  readonly tickMs: number
  readonly startMs: number
  readonly #perTick: number

  constructor(ratePerSecond: number, startMs: number) {
    if (!(ratePerSecond > 0)) throw new RangeError(`a rate is greater than 0, not ${ratePerSecond}`)
    this.tickMs = Math.max(leastTickMs, 1000 / ratePerSecond)
    this.#perTick = (ratePerSecond * this.tickMs) / 1000
    this.startMs = startMs
  }

  /** How many sends should have left by now, since the start. */
  dueBy(nowMs: number): number {
    if (nowMs < this.startMs) return 0
    return Math.floor((Math.floor((nowMs - this.startMs) / this.tickMs) + 1) * this.#perTick)
  }

  /** The instant for the send of this index, counted from 0. */
  intendedMs(index: number): number {
    return this.startMs + (Math.ceil((index + 1) / this.#perTick) - 1) * this.tickMs
  }
}
