/** Pieces that are kept for all queues together, and for one of them; the one read longest ago goes first. About 16 KiB each. */
const maxPieces = 512
const maxPiecesOfQueue = 32

interface Units {
  readonly from: number
  readonly bytes: Buffer
}

/**
 * Units that were lately read from the files of a queue: a reader that catches up asks for the next of them in a moment, and groups that do not keep step read at places
 * of their own. Units in files do not change while the store runs. Shared by all queues of a store.
 */
export class UnitsRead {
  readonly #unitBytes: number
  /** Of each queue the piece that was read last comes last; and the queue that was read last. */
  readonly #byQueue = new Map<object, Units[]>()
  #pieces = 0

  constructor(unitBytes: number) {
    this.#unitBytes = unitBytes
  }

  /** Units `[from, to)` when they are here, in one piece. */
  view(queue: object, from: number, to: number): Buffer | undefined {
    const pieces = this.#byQueue.get(queue)
    if (pieces === undefined) return undefined
    for (let i = pieces.length - 1; i >= 0; i--) {
      const { from: first, bytes } = pieces[i]!
      const end = (to - first) * this.#unitBytes
      if (from >= first && end <= bytes.length) return bytes.subarray((from - first) * this.#unitBytes, end)
    }
    return undefined
  }

  /** Whether a read from there goes on where one before it ended. */
  goesOn(queue: object, from: number): boolean {
    const pieces = this.#byQueue.get(queue)
    return (
      pieces?.some(({ from: first, bytes }) => from >= first && from <= first + bytes.length / this.#unitBytes) ?? false
    )
  }

  keep(queue: object, from: number, bytes: Buffer): void {
    const pieces = this.#byQueue.get(queue) ?? []
    this.#byQueue.delete(queue)
    this.#byQueue.set(queue, pieces)
    pieces.push({ from, bytes })
    this.#pieces++
    if (pieces.length > maxPiecesOfQueue) this.#dropFirst(queue, pieces)
    if (this.#pieces > maxPieces) this.#dropOldest()
  }

  /** The queue was changed otherwise than by appending. */
  forget(queue: object): void {
    this.#pieces -= this.#byQueue.get(queue)?.length ?? 0
    this.#byQueue.delete(queue)
  }

  #dropOldest(): void {
    for (const [queue, pieces] of this.#byQueue) return this.#dropFirst(queue, pieces)
  }

  #dropFirst(queue: object, pieces: Units[]): void {
    pieces.shift()
    this.#pieces--
    if (pieces.length === 0) this.#byQueue.delete(queue)
  }
}
