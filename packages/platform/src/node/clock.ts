import { assert } from '../assert.ts'
import type { Clock, Timer } from '../clock.ts'

/** Node fires a longer timeout at once (its delay is an int32), so longer waits are made of several. */
const longestTimeoutMs = 2_147_483_647

/** The machine's time. Its timers do not keep the process alive. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, task) => new Timeout(Math.max(0, delayMs), task),
  every: (periodMs, task) => new Period(periodMs, task),
  endOfTick: (task) => {
    setImmediate(task)
  },
}

class Timeout implements Timer {
  #timeout: NodeJS.Timeout

  constructor(delayMs: number, task: () => void) {
    this.#timeout = this.#wait(delayMs, task)
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  #wait(delayMs: number, task: () => void): NodeJS.Timeout {
    if (delayMs <= longestTimeoutMs) return setTimeout(task, delayMs).unref()
    return setTimeout(() => {
      this.#timeout = this.#wait(delayMs - longestTimeoutMs, task)
    }, longestTimeoutMs).unref()
  }
}

class Period implements Timer {
  readonly #interval: NodeJS.Timeout

  constructor(periodMs: number, task: () => void) {
    assert(
      periodMs > 0 && periodMs <= longestTimeoutMs,
      `a period lies between 1 ms and 24 days, not at ${periodMs} ms`,
    )
    this.#interval = setInterval(task, periodMs).unref()
  }

  cancel(): void {
    clearInterval(this.#interval)
  }
}
