import { TailLease } from '@cometmq/store'

/** What one answer to a pull takes at most before it is sent as it is, without being copied. */
const pieceBytes = 128 * 1024
/** Pieces that are kept for the next answers; more are left to the garbage collector. */
const maxSpare = 16

/**
 * Memory for the records of answers, used again once they were copied into what is sent. New memory for each answer would count as external memory, and make the
 * garbage collector mark the whole heap several times a second.
 */
export class ReplyMemory {
  readonly #spare: Buffer[] = []

  /** For one answer. */
  lend(): LentMemory {
    return new LentMemory(this.#spare)
  }
}

/** Memory for the records of one answer. Never given back, it is the garbage collector's. */
export class LentMemory {
  readonly #spare: Buffer[]
  #piece: Buffer | undefined
  /** For records that need not be copied into it. */
  readonly lease = new TailLease()

  constructor(spare: Buffer[]) {
    this.#spare = spare
  }

  /** At least so many bytes. What was taken before is given up with it. */
  readonly take = (bytes: number): Buffer => {
    if (bytes > pieceBytes) return Buffer.allocUnsafeSlow(bytes)
    this.#piece ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes)
    return this.#piece
  }

  /** Nobody looks at it any more. */
  readonly giveBack = (): void => {
    if (this.#piece !== undefined && this.#spare.length < maxSpare) this.#spare.push(this.#piece)
    this.#piece = undefined
    this.lease.end()
  }
}
