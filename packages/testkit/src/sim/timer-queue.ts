import type { Timer } from '@cometmq/platform'

/** Waiting tasks, the earliest first; those due together in the order in which they came. A binary heap. */
export class TimerQueue {
  readonly #heap: ScheduledTask[] = []
  #added = 0
  #live = 0

  /** How many wait that were not cancelled. */
  get size(): number {
    return this.#live
  }

  add(dueAt: number, task: () => void): Timer {
    const timer = new ScheduledTask(dueAt, this.#added++, task, () => this.#live--)
    this.#live++
    this.#heap.push(timer)
    this.#siftUp(this.#heap.length - 1)
    return timer
  }

  /** Removes the earliest task when it is due by `time`. */
  takeDueBy(time: number): ScheduledTask | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined) return undefined
      if (!first.isCancelled && first.dueAt > time) return undefined
      const last = this.#heap.pop()!
      if (this.#heap.length > 0) {
        this.#heap[0] = last
        this.#siftDown()
      }
      if (first.isCancelled) continue
      first.cancel()
      return first
    }
  }

  #siftUp(index: number): void {
    const heap = this.#heap
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1
      if (!heap[child]!.isBefore(heap[parent]!)) return
      this.#swap(child, parent)
      child = parent
    }
  }

  #siftDown(): void {
    const heap = this.#heap
    for (let parent = 0; ; ) {
      let first = 2 * parent + 1
      if (first >= heap.length) return
      if (first + 1 < heap.length && heap[first + 1]!.isBefore(heap[first]!)) first++
      if (!heap[first]!.isBefore(heap[parent]!)) return
      this.#swap(first, parent)
      parent = first
    }
  }

  #swap(a: number, b: number): void {
    const task = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = task
  }
}

export class ScheduledTask implements Timer {
  readonly dueAt: number
  readonly task: () => void
  readonly #order: number
  readonly #onCancel: () => void
  #isCancelled = false

  constructor(dueAt: number, order: number, task: () => void, onCancel: () => void) {
    this.dueAt = dueAt
    this.#order = order
    this.task = task
    this.#onCancel = onCancel
  }

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  cancel(): void {
    if (this.#isCancelled) return
    this.#isCancelled = true
    this.#onCancel()
  }

  isBefore(other: ScheduledTask): boolean {
    return this.dueAt < other.dueAt || (this.dueAt === other.dueAt && this.#order < other.#order)
  }
}
