import type { Chunk } from './chunk.ts'

/**
 * Says for how long somebody looks at records in the tail of the log: until `end` their memory is not used again. Whoever reads without one may look for ever, and that memory is left to
 * the garbage collector, as is that of a lease that is never ended.
 */
export class TailLease {
  #last: Chunk | undefined
  /** Those before it. */
  #others: Chunk[] | undefined

  /** The store's: somebody looks at it from now on. */
  hold(chunk: Chunk): void {
    if (chunk === this.#last) return
    if (this.#last !== undefined) {
      this.#others ??= []
      this.#others.push(this.#last)
    }
    chunk.leases++
    this.#last = chunk
  }

  /** Nobody looks any more. The lease may be used again. */
  end(): void {
    if (this.#last === undefined) return
    this.#last.leases--
    this.#last = undefined
    if (this.#others === undefined) return
    for (const chunk of this.#others) chunk.leases--
    this.#others = undefined
  }
}
