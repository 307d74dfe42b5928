import { unitBytes } from '../format/queue-unit.ts'

/** Memory is taken from the system in slabs of so many units; a window that wants more has one of its own. */
const slabUnits = 16 * 1024

/** Where the memory of a window is. */
interface Piece {
  readonly slab: Slab
  readonly at: number
}

/** Memory for pieces of one size. */
export interface Slab {
  readonly bytes: Buffer
  /** Of the same memory. */
  readonly view: DataView
  readonly pieceUnits: number
  readonly pieces: number
  /** Where pieces begin that nobody has, in bytes. */
  readonly free: number[]
}

/** What a window has that holds nothing: there are many of them. */
export const noSlab: Slab = {
  bytes: Buffer.alloc(0),
  view: new DataView(new ArrayBuffer(0)),
  pieceUnits: 0,
  pieces: 0,
  free: [],
}

/**
 * Memory for the windows of all queues, of which there may be very many: windows of one size share a slab, so that a unit needs no memory object of its queue's own. Sizes are
 * powers of two. A slab that nobody uses is given back, but for one of each size.
 *
 * @example
 * const { slab, at } = memory.take(16)
 * writeUnitAt(slab.view, at, physicalOffset, size, tagsCode)
 * memory.give(slab, at)
 */
export class WindowMemory {
  /** By size: slabs with free pieces. */
  readonly #slabs = new Map<number, Slab[]>()
  #bytes = 0

  /** Of all pieces that windows have. */
  get bytes(): number {
    return this.#bytes
  }

  /** A piece for at least `units` units, with what was left in it. */
  take(units: number): Piece {
    const pieceUnits = 2 ** Math.ceil(Math.log2(units))
    let slabs = this.#slabs.get(pieceUnits)
    if (slabs === undefined) this.#slabs.set(pieceUnits, (slabs = []))
    if (slabs.length === 0) slabs.push(newSlab(pieceUnits))
    const slab = slabs.at(-1)!
    const at = slab.free.pop()!
    if (slab.free.length === 0) slabs.pop()
    this.#bytes += pieceUnits * unitBytes
    return { slab, at }
  }

  /** Takes back the piece that begins at `at`. */
  give(slab: Slab, at: number): void {
    const { pieceUnits, free, pieces } = slab
    const slabs = this.#slabs.get(pieceUnits)!
    free.push(at)
    if (free.length === 1) slabs.push(slab)
    this.#bytes -= pieceUnits * unitBytes
    if (free.length === pieces && slabs.length > 1) slabs.splice(slabs.indexOf(slab), 1)
  }
}

function newSlab(pieceUnits: number): Slab {
  const pieces = Math.max(1, Math.floor(slabUnits / pieceUnits))
  const bytes = Buffer.allocUnsafeSlow(pieces * pieceUnits * unitBytes)
  const free = Array.from({ length: pieces }, (_, index) => (pieces - 1 - index) * pieceUnits * unitBytes)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), pieceUnits, pieces, free }
}
