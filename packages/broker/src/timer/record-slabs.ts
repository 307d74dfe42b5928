/** Memory is taken in pieces of this size. */
export const slabBytes = 1024 * 1024

interface Slab {
  readonly memory: Buffer
  used: number
  /** Records in it that are still wanted. */
  wanted: number
}

/**
 * Bytes of records that wait in memory, side by side in large pieces, so that very many of them are no work for the garbage collector. The memory of a piece is used again
 * when none of its records is wanted any more; of pieces that are not used one is kept.
 */
export class RecordSlabs {
  readonly #maxSlabs: number
  /** By number; `undefined` where one was given back. */
  readonly #slabs: (Slab | undefined)[] = []
  #taken = 0
  #filling = -1
  #spare: Buffer | undefined

  constructor(maxBytes: number) {
    this.#maxSlabs = Math.max(1, Math.floor(maxBytes / slabBytes))
  }

  /** Bytes of all pieces in use. */
  get bytes(): number {
    return this.#taken * slabBytes
  }

  /** Keeps a copy; answers what it is taken out with, or −1 when there is no room for it. */
  add(record: Buffer): number {
    if (record.length > slabBytes) return -1
    let slab = this.#slabs[this.#filling]
    if (slab === undefined || slab.used + record.length > slabBytes) {
      slab = this.#next()
      if (slab === undefined) return -1
    }
    const at = slab.used
    record.copy(slab.memory, at)
    slab.used += record.length
    slab.wanted++
    return this.#filling * slabBytes + at
  }

  /** A copy of the record, which is not kept any longer. */
  take(held: number, size: number): Buffer {
    const at = held % slabBytes
    const number = (held - at) / slabBytes
    const slab = this.#slabs[number]!
    const record = Buffer.from(slab.memory.subarray(at, at + size))
    if (--slab.wanted === 0) this.#giveBack(number, slab)
    return record
  }

  #next(): Slab | undefined {
    if (this.#taken >= this.#maxSlabs) return undefined
    const free = this.#slabs.indexOf(undefined)
    this.#filling = free < 0 ? this.#slabs.length : free
    const slab = { memory: this.#spare ?? Buffer.allocUnsafeSlow(slabBytes), used: 0, wanted: 0 }
    this.#spare = undefined
    this.#slabs[this.#filling] = slab
    this.#taken++
    return slab
  }

  #giveBack(number: number, slab: Slab): void {
    this.#slabs[number] = undefined
    this.#taken--
    this.#spare = slab.memory
    if (this.#filling === number) this.#filling = -1
  }
}
