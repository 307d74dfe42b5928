/** Queues with numbers below it are places in an array; topics have seldom more. */
const arrayNumbers = 65_536

/**
 * The queues of one topic by number. An array, since every message looks its queue up: with ten thousand queues in a topic each look-up in a map would wait for
 * memory that the processor has not at hand.
 *
 * @example
 * const queues = new NumberedQueues<ConsumeQueue>()
 * queues.set(3, queue)
 * queues.get(3) // queue
 */
export class NumberedQueues<Queue> implements Iterable<Queue> {
  readonly #low: (Queue | undefined)[] = []
  readonly #high = new Map<number, Queue>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(number: number): Queue | undefined {
    return number >= 0 && number < this.#low.length ? this.#low[number] : this.#high.get(number)
  }

  set(number: number, queue: Queue): void {
    if (this.get(number) === undefined) this.#size++
    if (number >= 0 && number < arrayNumbers) this.#low[number] = queue
    else this.#high.set(number, queue)
  }

  delete(number: number): void {
    if (this.get(number) === undefined) return
    this.#size--
    if (number >= 0 && number < arrayNumbers) this.#low[number] = undefined
    else this.#high.delete(number)
  }

  *[Symbol.iterator](): IterableIterator<Queue> {
    for (const queue of this.#low) if (queue !== undefined) yield queue
    yield* this.#high.values()
  }
}
