import { StoreError } from '../error.ts'

export interface ColdReadLimits {
  /** Reads from files that run at the same time; asked anew for each, and at least 1. */
  maxUnderWay: () => number
  /** Reads that wait for that; more are refused. */
  maxWaiting: number
}

/**
 * Lets only so many reads of files run at once, so that threads are left for writing and syncing the log. Those that wait are served queue by
 * queue in turn: a reader with many requests does not keep the others waiting.
 */
export class ColdReads {
  readonly #limits: ColdReadLimits
  /** What waits, by the queue that is read; the queue whose turn it is stands first. */
  readonly #waiting = new Map<object, (() => void)[]>()
  #waitingCount = 0
  #underWay = 0

  constructor(limits: ColdReadLimits) {
    this.#limits = limits
  }

  get underWay(): number {
    return this.#underWay
  }

  get waiting(): number {
    return this.#waitingCount
  }

  /** Runs `read` when it is `queue`'s turn. Rejects with STORE_BUSY when too many wait. */
  async run<T>(queue: object, read: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#limits.maxUnderWay()) this.#underWay++
    else if (this.#waitingCount < this.#limits.maxWaiting) await this.#place(queue)
    else throw busy(this.#limits)
    try {
      return await read()
    } finally {
      this.#passOn()
    }
  }

  #place(queue: object): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(queue)
      if (waiting === undefined) this.#waiting.set(queue, [resolve])
      else waiting.push(resolve)
      this.#waitingCount++
    })
  }

  /** The place of a read that has ended goes to the next queue, which then stands last; and so do places that there were not before. */
  #passOn(): void {
    this.#underWay--
    const max = this.#limits.maxUnderWay()
    for (const [queue, waiting] of this.#waiting) {
      if (this.#underWay >= max) return
      this.#waiting.delete(queue)
      const next = waiting.shift()!
      if (waiting.length > 0) this.#waiting.set(queue, waiting)
      this.#waitingCount--
      this.#underWay++
      next()
    }
  }
}

function busy({ maxUnderWay, maxWaiting }: ColdReadLimits): StoreError {
  return new StoreError(
    'STORE_BUSY',
    `the store is busy: ${maxUnderWay()} reads of old messages run and ${maxWaiting} wait (maxColdReads, maxWaitingColdReads); try again later`,
    { retriable: true },
  )
}
