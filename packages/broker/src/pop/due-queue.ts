/** What waits for a time; the queue keeps its place in it. */
export interface Due {
  dueMs: number
  /** −1: not in a queue. */
  place: number
}

/** What is due next, in a binary heap: whatever is done before its time leaves at once, and no memory of it stays. */
export class DueQueue<T extends Due> {
  readonly #heap: T[] = []

  get size(): number {
    return this.#heap.length
  }

  get first(): T | undefined {
    return this.#heap[0]
  }

  add(item: T): void {
    item.place = this.#heap.length
    this.#heap.push(item)
    this.#rise(item)
  }

  /** One that is not in it is gone already. */
  remove(item: T): void {
    const { place } = item
    if (place < 0) return
    item.place = -1
    const last = this.#heap.pop()!
    if (last === item) return
    this.#put(last, place)
    this.#rise(last)
    this.#sink(last)
  }

  #put(item: T, place: number): void {
    this.#heap[place] = item
    item.place = place
  }

  #rise(item: T): void {
    while (item.place > 0) {
      const parent = this.#heap[(item.place - 1) >> 1]!
      if (parent.dueMs <= item.dueMs) return
      const { place } = item
      this.#put(item, parent.place)
      this.#put(parent, place)
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = item.place * 2 + 1
      let least = this.#heap[left]
      const right = this.#heap[left + 1]
      if (right !== undefined && right.dueMs < least!.dueMs) least = right
      if (least === undefined || least.dueMs >= item.dueMs) return
      const { place } = item
      this.#put(item, least.place)
      this.#put(least, place)
    }
  }
}
