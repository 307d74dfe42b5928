import type { Clock, Timer } from '@cometmq/platform'
import type { Frame } from '@cometmq/protocol'
import { RequestTimeoutError } from './error.ts'
import { remotingLimits } from './limits.ts'

interface Waiting {
  readonly command: string
  readonly timeoutMs: number
  readonly deadline: number
  readonly resolve: (frame: Frame) => void
  readonly reject: (error: Error) => void
}

/** Requests of ours on one connection that wait for their response, by opaque. One timer serves all their deadlines. */
export class PendingRequests {
  readonly #clock: Clock
  readonly #peer: string
  readonly #waiting = new Map<number, Waiting>()
  #lastOpaque = 0
  #timer: Timer | undefined

  constructor(clock: Clock, peer: string) {
    this.#clock = clock
    this.#peer = peer
  }

  get size(): number {
    return this.#waiting.size
  }

  /** An opaque that no waiting request has; int32, wraps. */
  nextOpaque(): number {
    do this.#lastOpaque = (this.#lastOpaque + 1) | 0
    while (this.#waiting.has(this.#lastOpaque))
    return this.#lastOpaque
  }

  /** Resolves to the response with that opaque. */
  wait(opaque: number, command: string, timeoutMs: number): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(opaque, {
        command,
        timeoutMs,
        deadline: this.#clock.monotonicMs() + timeoutMs,
        resolve,
        reject,
      })
      this.#timer ??= this.#clock.every(remotingLimits.timeoutScanMs, () => this.#expire())
    })
  }

  /** False when nobody waits for it: it came after its timeout, or was never asked for. */
  complete(frame: Frame): boolean {
    const waiting = this.#waiting.get(frame.opaque)
    if (waiting === undefined) return false
    this.#remove(frame.opaque)
    waiting.resolve(frame)
    return true
  }

  /** Gives up one wait without an answer. */
  abandon(opaque: number, error: Error): void {
    const waiting = this.#waiting.get(opaque)
    if (waiting === undefined) return
    this.#remove(opaque)
    waiting.reject(error)
  }

  failAll(error: Error): void {
    for (const opaque of [...this.#waiting.keys()]) this.abandon(opaque, error)
  }

  #remove(opaque: number): void {
    this.#waiting.delete(opaque)
    if (this.#waiting.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #expire(): void {
    const now = this.#clock.monotonicMs()
    for (const [opaque, { deadline, command, timeoutMs }] of this.#waiting) {
      if (deadline <= now) this.abandon(opaque, new RequestTimeoutError(command, this.#peer, timeoutMs))
    }
  }
}
