import { assert } from './assert.ts'

/** First in, first out, on a ring of a fixed number of slots. A full queue refuses; it never grows and never drops. */
export class BoundedQueue<T> {
  readonly capacity: number
  readonly #slots: (T | undefined)[]
  #head = 0
  #size = 0

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, `a queue needs a capacity, not ${capacity}`)
    this.capacity = capacity
    this.#slots = []
  }

  get size(): number {
    return this.#size
  }

  /** False when full. */
  offer(item: T): boolean {
    if (this.#size === this.capacity) return false
    this.#slots[(this.#head + this.#size) % this.capacity] = item
    this.#size++
    return true
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#slots[this.#head]
  }

  poll(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) % this.capacity
    this.#size--
    return item
  }
}
