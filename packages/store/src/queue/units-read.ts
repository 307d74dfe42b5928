/** Queues of which the units read last are kept; the one read longest ago goes first. About 16 KiB each. */
const maxQueues = 256

interface Units {
  readonly from: number
  readonly bytes: Buffer
}

/**
 * The units that were last read from the files of a queue: a reader that catches up asks for the next of them in a moment. Units in files do not
 * change while the store runs. Shared by all queues of a store.
 */
export class UnitsRead {
  readonly #unitBytes: number
  readonly #byQueue = new Map<object, Units>()

  constructor(unitBytes: number) {
    this.#unitBytes = unitBytes
  }

  /** Units `[from, to)` when they are here. */
  view(queue: object, from: number, to: number): Buffer | undefined {
    const units = this.#byQueue.get(queue)
    if (units === undefined || from < units.from) return undefined
    const end = (to - units.from) * this.#unitBytes
    return end > units.bytes.length ? undefined : units.bytes.subarray((from - units.from) * this.#unitBytes, end)
  }

  /** Whether a read from there goes on where the one before it ended. */
  goesOn(queue: object, from: number): boolean {
    const units = this.#byQueue.get(queue)
    return units !== undefined && from >= units.from && from <= units.from + units.bytes.length / this.#unitBytes
  }

  keep(queue: object, from: number, bytes: Buffer): void {
    this.#byQueue.delete(queue)
    this.#byQueue.set(queue, { from, bytes })
    if (this.#byQueue.size <= maxQueues) return
    for (const oldest of this.#byQueue.keys()) {
      this.#byQueue.delete(oldest)
      return
    }
  }

  /** The queue was changed otherwise than by appending. */
  forget(queue: object): void {
    this.#byQueue.delete(queue)
  }
}
