import type { Answer } from '../dispatch/dispatcher.ts'
import type { LogFlusher } from '../log/log-flusher.ts'
import type { LogPositions } from '../log/log-positions.ts'
import type { PutStatus } from '../message.ts'

/** Tells a sender that its message is written. An object and no closure: there is one for every message. */
export class PutAnswer<R> implements Answer {
  readonly #receipt: R
  readonly #resolve: (receipt: R) => void
  readonly #reject: (error: Error) => void

  constructor(receipt: R, resolve: (receipt: R) => void, reject: (error: Error) => void) {
    this.#receipt = receipt
    this.#resolve = resolve
    this.#reject = reject
  }

  settle(failure: Error | undefined): void {
    if (failure === undefined) this.#resolve(this.#receipt)
    else this.#reject(failure)
  }
}

/** Tells a sender that its message is flushed, or that the time for it is up. */
export class FlushedAnswer<R extends { status: PutStatus }> implements Answer {
  readonly #receipt: R
  readonly #resolve: (receipt: R) => void
  readonly #reject: (error: Error) => void
  readonly #deadlineMs: number
  readonly #log: { flusher: LogFlusher; positions: LogPositions }

  constructor(
    receipt: R,
    resolve: (receipt: R) => void,
    reject: (error: Error) => void,
    deadlineMs: number,
    log: { flusher: LogFlusher; positions: LogPositions },
  ) {
    this.#receipt = receipt
    this.#resolve = resolve
    this.#reject = reject
    this.#deadlineMs = deadlineMs
    this.#log = log
  }

  settle(failure: Error | undefined): void {
    if (failure !== undefined) return this.#reject(failure)
    const { flusher, positions } = this.#log
    const settle = (status: PutStatus) => {
      this.#receipt.status = status
      this.#resolve(this.#receipt)
    }
    flusher.wait({ end: positions.written, deadlineMs: this.#deadlineMs, settle, fail: this.#reject })
  }
}
