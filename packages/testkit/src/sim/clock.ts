import { assert, type Clock, type Timer } from '@cometmq/platform'
import { TimerQueue } from './timer-queue.ts'

/** Where simulated time begins when nobody says otherwise: 2026-01-01T00:00:00Z. */
const defaultEpochMs = Date.UTC(2026, 0, 1)

/** A turn of the event loop that feeds itself longer than this is a loop in the program under test. */
const maxTurnsWithoutTime = 100_000

/**
 * Time that stands still until a test moves it. Timers run in the order in which they are due, those due together in the order in which they
 * were made, and between two of them everything happens that needs no time: promises settle, and ends of ticks run.
 *
 * @example
 * const clock = new SimulatedClock()
 * const routes = new RouteTable({ clock })
 * await clock.advance(120_000)
 */
export class SimulatedClock implements Clock {
  readonly #timers = new TimerQueue()
  #endOfTick: (() => void)[] = []
  #wallOffsetMs: number
  #monotonicMs = 0

  constructor(epochMs: number = defaultEpochMs) {
    this.#wallOffsetMs = epochMs
  }

  now(): number {
    return Math.floor(this.#wallOffsetMs + this.#monotonicMs)
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#timers.add(this.#monotonicMs + Math.max(0, delayMs), task)
  }

  every(periodMs: number, task: () => void): Timer {
    assert(periodMs > 0, `a period takes time, not ${periodMs} ms`)
    let timer: Timer
    let cancelled = false
    const run = () => {
      timer = this.after(periodMs, run)
      task()
      if (cancelled) timer.cancel()
    }
    timer = this.after(periodMs, run)
    return {
      cancel: () => {
        cancelled = true
        timer.cancel()
      },
    }
  }

  endOfTick(task: () => void): void {
    this.#endOfTick.push(task)
    if (this.#endOfTick.length === 1) setImmediate(() => this.#runEndOfTick())
  }

  /** How many timers wait. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Sets the time of day, as an operator or NTP would; the monotonic clock and the timers do not notice. */
  setTimeOfDay(epochMs: number): void {
    this.#wallOffsetMs = epochMs - this.#monotonicMs
  }

  /** Moves time on by `durationMs` and runs everything that falls due. Rejects with what a task throws. */
  async advance(durationMs: number): Promise<void> {
    const end = this.#monotonicMs + durationMs
    await this.settle()
    while (await this.#runNextTimer(end)) {
      // Each timer is a step of its own.
    }
    this.#monotonicMs = Math.max(this.#monotonicMs, end)
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    let turns = 0
    do {
      assert(
        turns++ < maxTurnsWithoutTime,
        'the program under test is never idle: an end of tick always asks for another',
      )
      await new Promise((resolve) => setImmediate(resolve))
    } while (this.#endOfTick.length > 0)
  }

  /**
   * Moves time on from timer to timer until `promise` settles, and gives what it gives.
   * Rejects when it has not settled after `limitMs`, or when no timer is left that could settle it.
   */
  async until<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    const end = this.#monotonicMs + limitMs
    let settled = false
    const settle = () => {
      settled = true
    }
    promise.then(settle, settle)
    await this.settle()
    while (!settled) {
      if (await this.#runNextTimer(end)) continue
      const left = this.#timers.size === 0 ? 'no timer is left' : 'the next timer is due later'
      throw new Error(`nothing happened within ${limitMs} ms of simulated time: ${left}`)
    }
    return promise
  }

  async #runNextTimer(end: number): Promise<boolean> {
    const timer = this.#timers.takeDueBy(end)
    if (timer === undefined) return false
    this.#monotonicMs = Math.max(this.#monotonicMs, timer.dueAt)
    timer.task()
    await this.settle()
    return true
  }

  #runEndOfTick(): void {
    const tasks = this.#endOfTick
    this.#endOfTick = []
    for (const task of tasks) task()
  }
}
