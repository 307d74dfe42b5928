import { writeExtendedAddress } from '../format/extended-unit.ts'
import { unitBytes, unitPhysicalOffset, writeUnitAt } from '../format/queue-unit.ts'
import { noSlab, type Slab, type WindowMemory } from './window-memory.ts'

/** What a queue takes when its first unit comes. */
const firstUnits = 16

/**
 * The newest units of one queue in memory, as the file has them. Takes nothing while empty, doubles as units come, and from `maxUnits` on drops
 * the older half of those that are in the file.
 */
export class UnitWindow {
  readonly #maxUnits: number
  readonly #memory: WindowMemory
  #slab: Slab = noSlab
  /** Where in the slab the first unit is. */
  #at = 0
  /** Queue offset of the first unit here. */
  #first: number
  #count = 0

  constructor(maxUnits: number, memory: WindowMemory, first: number) {
    this.#maxUnits = Math.max(firstUnits, maxUnits)
    this.#memory = memory
    this.#first = first
  }

  get first(): number {
    return this.#first
  }

  get end(): number {
    return this.#first + this.#count
  }

  get bytes(): number {
    return this.#slab.pieceUnits * unitBytes
  }

  /** `inFile`: queue offset below which units are in the file and may be dropped. */
  append(physicalOffset: number, size: number, tagsCode: number, inFile: number): void {
    const { view, pieceUnits } = this.#slab
    if (this.#count === pieceUnits) return this.#makeRoom(physicalOffset, size, tagsCode, inFile)
    writeUnitAt(view, this.#at + this.#count * unitBytes, physicalOffset, size, tagsCode)
    this.#count++
  }

  /** The unit appended last names the place of its extended unit instead of its tags code. */
  extendLast(position: number): void {
    writeExtendedAddress(this.#slab.bytes, this.#at + (this.#count - 1) * unitBytes, position)
  }

  /** Where the record of the unit at `offset` lies, which must be here. */
  physicalOffset(offset: number): number {
    return unitPhysicalOffset(this.#slab.bytes, this.#at + (offset - this.#first) * unitBytes)
  }

  /** Units `[from, to)`, which must be here. The view is good until the window changes: then other units may lie there, or those of another queue. */
  view(from: number, to: number): Buffer {
    const at = this.#at - this.#first * unitBytes
    return this.#slab.bytes.subarray(at + from * unitBytes, at + to * unitBytes)
  }

  /** Forgets everything; the next unit has the queue offset `first`. */
  reset(first: number): void {
    if (this.#slab !== noSlab) this.#memory.give(this.#slab, this.#at)
    this.#slab = noSlab
    this.#at = 0
    this.#first = first
    this.#count = 0
  }

  /** Forgets the units from `end` on. */
  cut(end: number): void {
    if (end <= this.#first) this.reset(end)
    else this.#count = Math.min(this.#count, end - this.#first)
  }

  #makeRoom(physicalOffset: number, size: number, tagsCode: number, inFile: number): void {
    const from = this.#slab
    const dropped = this.#count < this.#maxUnits ? 0 : Math.min(inFile - this.#first, this.#count >> 1)
    if (dropped > 0) {
      from.bytes.copyWithin(this.#at, this.#at + dropped * unitBytes, this.#at + this.#count * unitBytes)
      this.#first += dropped
      this.#count -= dropped
    } else {
      const { slab, at } = this.#memory.take(Math.max(firstUnits, this.#count * 2))
      from.bytes.copy(slab.bytes, at, this.#at, this.#at + this.#count * unitBytes)
      if (from !== noSlab) this.#memory.give(from, this.#at)
      this.#slab = slab
      this.#at = at
    }
    this.append(physicalOffset, size, tagsCode, inFile)
  }
}
