import type { Clock, Timer } from '@cometmq/platform'
import { type StoreError, writeFailed } from '../error.ts'
import type { PutStatus } from '../message.ts'
import type { LogFiles } from './log-files.ts'
import type { LogPositions } from './log-positions.ts'

const pageBytes = 4096

export interface LogFlusherParts {
  clock: Clock
  positions: LogPositions
  files: LogFiles
  intervalMs: number
  leastPages: number
  thoroughIntervalMs: number
  onFailure: (failure: StoreError) => void
}

/** Somebody who waits for a flush. */
export interface FlushWaiter {
  /** Offset behind what must be flushed. */
  end: number
  deadlineMs: number
  settle(status: PutStatus): void
  fail(error: Error): void
}

/**
 * Makes durable what was written. One sync serves everybody whose bytes were written before it began, and the next begins at once when others
 * have come meanwhile. When nobody waits, what is dirty is synced at intervals. Without work it has no timer.
 */
export class LogFlusher {
  readonly #parts: LogFlusherParts
  /** In the order of their ends, and so of their deadlines. */
  #waiters: FlushWaiter[] = []
  #isSyncing = false
  #failure: Error | undefined
  #interval: Timer | undefined
  #deadline: Timer | undefined
  #lastSyncMs: number

  constructor(parts: LogFlusherParts) {
    this.#parts = parts
    this.#lastSyncMs = parts.clock.monotonicMs()
  }

  get waiting(): number {
    return this.#waiters.length
  }

  /** Something was written. */
  onWritten(): void {
    if (this.#waiters.length === 0) this.#arm()
  }

  /** Settles when all before `end`, which is written, is flushed or the deadline has passed. */
  wait(waiter: FlushWaiter): void {
    if (this.#failure !== undefined) return waiter.fail(this.#failure)
    if (waiter.end <= this.#parts.positions.flushed) return waiter.settle('PUT_OK')
    this.#waiters.push(waiter)
    if (Number.isFinite(waiter.deadlineMs)) this.#armDeadline()
    this.#begin()
  }

  /** Resolves when all that is written now is flushed. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.wait({
        end: this.#parts.positions.written,
        deadlineMs: Number.POSITIVE_INFINITY,
        settle: () => resolve(),
        fail: reject,
      })
    })
  }

  /** Rejects all who wait: nothing will be flushed any more. */
  stop(failure: Error): void {
    this.#failure ??= failure
    this.#interval?.cancel()
    this.#deadline?.cancel()
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.fail(failure)
  }

  /** Stops the timers. */
  close(): void {
    this.#interval?.cancel()
    this.#deadline?.cancel()
  }

  #begin(): void {
    if (!this.#isSyncing && this.#failure === undefined) void this.#rounds()
  }

  async #rounds(): Promise<void> {
    const { clock, positions, files, onFailure } = this.#parts
    this.#isSyncing = true
    try {
      do {
        // Writers of this tick come along.
        await new Promise<void>((resolve) => clock.endOfTick(resolve))
        const target = positions.written
        await files.sync(positions.flushed, target)
        this.#lastSyncMs = clock.monotonicMs()
        positions.moveFlushed(target)
        this.#settleUpTo(target)
        await files.release(target)
      } while (this.#waiters.length > 0 && this.#failure === undefined)
    } catch (error) {
      onFailure(writeFailed('syncing the commit log', error))
    }
    this.#isSyncing = false
    if (positions.written > positions.flushed) this.#arm()
  }

  #settleUpTo(flushed: number): void {
    let count = 0
    while (count < this.#waiters.length && this.#waiters[count]!.end <= flushed) count++
    for (const waiter of this.#waiters.splice(0, count)) waiter.settle('PUT_OK')
  }

  #arm(): void {
    if (this.#interval !== undefined || this.#failure !== undefined) return
    this.#interval = this.#parts.clock.after(this.#parts.intervalMs, () => {
      this.#interval = undefined
      if (this.#isDue()) this.#begin()
      else if (this.#parts.positions.written > this.#parts.positions.flushed) this.#arm()
    })
  }

  #isDue(): boolean {
    const { clock, positions, leastPages, thoroughIntervalMs } = this.#parts
    const dirty = positions.written - positions.flushed
    if (dirty === 0) return false
    return dirty >= leastPages * pageBytes || clock.monotonicMs() - this.#lastSyncMs >= thoroughIntervalMs
  }

  #armDeadline(): void {
    if (this.#deadline !== undefined) return
    const first = this.#waiters.find((waiter) => Number.isFinite(waiter.deadlineMs))
    if (first === undefined) return
    const { clock } = this.#parts
    this.#deadline = clock.after(Math.max(0, first.deadlineMs - clock.monotonicMs()), () => {
      this.#deadline = undefined
      const now = clock.monotonicMs()
      const late = this.#waiters.filter((waiter) => waiter.deadlineMs <= now)
      if (late.length > 0) this.#waiters = this.#waiters.filter((waiter) => waiter.deadlineMs > now)
      for (const waiter of late) waiter.settle('FLUSH_DISK_TIMEOUT')
      this.#armDeadline()
    })
  }
}
