import { AssertionError } from '@cometmq/platform'

/**
 * How far the log has got: `flushed ≤ written ≤ appended` and `dispatched ≤ written`, each the offset behind the last byte of which it is true.
 * Appended is in memory, written survives the process, flushed survives the machine, dispatched can be read through its queue.
 */
export class LogPositions {
  #appended: number
  #written: number
  #flushed: number
  #dispatched: number

  constructor(end: number) {
    this.#appended = this.#written = this.#flushed = this.#dispatched = end
  }

  get appended(): number {
    return this.#appended
  }

  get written(): number {
    return this.#written
  }

  get flushed(): number {
    return this.#flushed
  }

  get dispatched(): number {
    return this.#dispatched
  }

  moveAppended(to: number): void {
    if (!(to > this.#appended)) illegal('appended', this.#appended, to)
    this.#appended = to
  }

  /** What was appended and is not written is given up. */
  takeBackAppended(): void {
    this.#appended = this.#written
  }

  moveWritten(to: number): void {
    if (!(to > this.#written && to <= this.#appended)) illegal('written', this.#written, to)
    this.#written = to
  }

  moveFlushed(to: number): void {
    if (!(to >= this.#flushed && to <= this.#written)) illegal('flushed', this.#flushed, to)
    this.#flushed = to
  }

  moveDispatched(to: number): void {
    if (!(to >= this.#dispatched && to <= this.#written)) illegal('dispatched', this.#dispatched, to)
    this.#dispatched = to
  }
}

/** The text is made only when it is needed: positions move for every message. */
function illegal(end: string, from: number, to: number): never {
  throw new AssertionError(`${end} cannot move from ${from} to ${to}`)
}
