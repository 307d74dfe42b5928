/** Memory for frames that leave together: of small answers, and of those that bring messages, of which several fit one write. */
const smallBytes = 64 * 1024
const largeBytes = 256 * 1024
/** From here on a frame takes a large piece. */
const largeFrameBytes = 8 * 1024
/** Pieces of each size that are kept for whoever sends next; more are left to the garbage collector. */
const maxSpareSmall = 64
const maxSpareLarge = 16

/**
 * Pieces of memory that the connections of a server share: one has a piece for as long as something lies in it that the system has not taken. New memory for each would count as external
 * memory, and make the garbage collector mark the whole heap several times a second.
 */
export class OutgoingChunks {
  readonly #small: Buffer[] = []
  readonly #large: Buffer[] = []

  /** At least so many bytes. */
  take(bytes: number): Buffer {
    if (bytes <= largeFrameBytes) return this.#small.pop() ?? Buffer.allocUnsafeSlow(smallBytes)
    if (bytes <= largeBytes) return this.#large.pop() ?? Buffer.allocUnsafeSlow(largeBytes)
    return Buffer.allocUnsafeSlow(bytes)
  }

  /** Nobody looks at it any more. */
  giveBack(chunk: Buffer): void {
    if (chunk.length === smallBytes && this.#small.length < maxSpareSmall) this.#small.push(chunk)
    else if (chunk.length === largeBytes && this.#large.length < maxSpareLarge) this.#large.push(chunk)
  }
}
