/**
 * Time as an argument. Whoever needs the time of day, a delay or a period takes a `Clock`, so that a test can move time by hand.
 *
 * @example
 * const expiry = clock.every(5_000, () => routes.expire(clock.now()))
 * expiry.cancel()
 */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the machine's clock is set. */
  now(): number
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  monotonicMs(): number
  /** Runs `task` once after `delayMs`. A pending timer does not keep the process alive. */
  after(delayMs: number, task: () => void): Timer
  /** Runs `task` every `periodMs`, first after one period. A running period does not keep the process alive. */
  every(periodMs: number, task: () => void): Timer
  /** Runs `task` once, when all input of the current turn of the event loop has been read. */
  endOfTick(task: () => void): void
}

export interface Timer {
  /** Idempotent. */
  cancel(): void
}

/** Waits `delayMs` on `clock`; rejects with the signal's reason when `signal` aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
