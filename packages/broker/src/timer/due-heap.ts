import type { TimerUnit } from '@cometmq/store/timer'

const leastCapacity = 1_024

export interface DueUnit {
  readonly unit: TimerUnit
  readonly second: number
  /** What it was pushed with; −1 when that was nothing. */
  readonly held: number
}

/**
 * What is due soon, the first due first, those due together in the order of the log: 49 bytes each, without an object. It grows by doubling, and
 * gives its memory back when it is empty.
 */
export class DueHeap {
  #order = new Int32Array(leastCapacity)
  #free = new Int32Array(leastCapacity)
  #freeCount = 0
  #used = 0
  #size = 0
  #due = new Float64Array(leastCapacity)
  #written = new Float64Array(leastCapacity)
  #physicalOffset = new Float64Array(leastCapacity)
  #bytes = new Int32Array(leastCapacity)
  #topicHash = new Int32Array(leastCapacity)
  #second = new Uint32Array(leastCapacity)
  #bits = new Uint8Array(leastCapacity)
  #held = new Int32Array(leastCapacity)

  get size(): number {
    return this.#size
  }

  /** When the first is due; `Infinity` when there is none. */
  get firstDueMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#due[this.#order[0]!]!
  }

  /** `dueMs` may be later than the unit says. `held` is given back with it. */
  push(unit: TimerUnit, dueMs: number, second: number, held = -1): void {
    if (this.#size === this.#order.length) this.#resize(this.#size * 2)
    const id = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#used++
    this.#due[id] = dueMs
    this.#written[id] = unit.writtenMs
    this.#physicalOffset[id] = unit.physicalOffset
    this.#bytes[id] = unit.size
    this.#topicHash[id] = unit.topicHash
    this.#second[id] = second
    this.#bits[id] = unit.bits
    this.#held[id] = held
    this.#rise(this.#size++, id)
  }

  /** The first, which leaves. */
  pop(): DueUnit | undefined {
    if (this.#size === 0) return undefined
    const id = this.#order[0]!
    const found = this.#at(id)
    this.#free[this.#freeCount++] = id
    const last = this.#order[--this.#size]!
    if (this.#size > 0) this.#sink(last)
    else if (this.#order.length > leastCapacity) this.#reset()
    return found
  }

  #at(id: number): DueUnit {
    const unit = {
      bits: this.#bits[id]!,
      writtenMs: this.#written[id]!,
      dueMs: this.#due[id]!,
      physicalOffset: this.#physicalOffset[id]!,
      size: this.#bytes[id]!,
      topicHash: this.#topicHash[id]!,
    }
    return { unit, second: this.#second[id]!, held: this.#held[id]! }
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#due[a]! - this.#due[b]!
    return difference === 0 ? this.#physicalOffset[a]! < this.#physicalOffset[b]! : difference < 0
  }

  #rise(from: number, id: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(id, this.#order[parent]!)) break
      this.#order[at] = this.#order[parent]!
      at = parent
    }
    this.#order[at] = id
  }

  #sink(id: number): void {
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#isBefore(this.#order[child + 1]!, this.#order[child]!)) child++
      if (!this.#isBefore(this.#order[child]!, id)) break
      this.#order[at] = this.#order[child]!
      at = child
    }
    this.#order[at] = id
  }

  #reset(): void {
    this.#used = this.#freeCount = 0
    this.#resize(leastCapacity)
  }

  #resize(capacity: number): void {
    const into = <T extends Float64Array | Int32Array | Uint32Array | Uint8Array>(next: T, old: T): T => {
      next.set(old.subarray(0, capacity) as never)
      return next
    }
    this.#order = into(new Int32Array(capacity), this.#order)
    this.#free = into(new Int32Array(capacity), this.#free)
    this.#due = into(new Float64Array(capacity), this.#due)
    this.#written = into(new Float64Array(capacity), this.#written)
    this.#physicalOffset = into(new Float64Array(capacity), this.#physicalOffset)
    this.#bytes = into(new Int32Array(capacity), this.#bytes)
    this.#topicHash = into(new Int32Array(capacity), this.#topicHash)
    this.#second = into(new Uint32Array(capacity), this.#second)
    this.#bits = into(new Uint8Array(capacity), this.#bits)
    this.#held = into(new Int32Array(capacity), this.#held)
  }
}
