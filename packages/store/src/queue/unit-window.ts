import { writeExtendedAddress } from '../format/extended-unit.ts'
import { unitBytes, writeUnitAt } from '../format/queue-unit.ts'

/** What a queue takes when its first unit comes. */
const firstUnits = 16

/** What a window has that holds nothing: there are many of them. */
const noBytes = Buffer.alloc(0)
const noView = new DataView(noBytes.buffer, 0, 0)

/** Memory that all windows of a store share the bound of. */
export interface WindowMemory {
  bytes: number
}

/**
 * The newest units of one queue in memory, as the file has them. Takes nothing while empty, doubles as units come, and from `maxUnits` on drops
 * the older half of those that are in the file.
 */
export class UnitWindow {
  readonly #maxUnits: number
  readonly #memory: WindowMemory
  #bytes: Buffer = noBytes
  /** Of the same memory. */
  #view: DataView = noView
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
    return this.#bytes.length
  }

  /** `inFile`: queue offset below which units are in the file and may be dropped. */
  append(physicalOffset: number, size: number, tagsCode: number, inFile: number): void {
    const at = this.#count * unitBytes
    if (at === this.#bytes.length) return this.#makeRoom(physicalOffset, size, tagsCode, inFile)
    writeUnitAt(this.#view, at, physicalOffset, size, tagsCode)
    this.#count++
  }

  /** The unit appended last names the place of its extended unit instead of its tags code. */
  extendLast(position: number): void {
    writeExtendedAddress(this.#bytes, (this.#count - 1) * unitBytes, position)
  }

  /** Units `[from, to)`, which must be here. The view is good until the next `append`. */
  view(from: number, to: number): Buffer {
    return this.#bytes.subarray((from - this.#first) * unitBytes, (to - this.#first) * unitBytes)
  }

  /** Forgets everything; the next unit has the queue offset `first`. */
  reset(first: number): void {
    this.#memory.bytes -= this.#bytes.length
    this.#bytes = noBytes
    this.#view = noView
    this.#first = first
    this.#count = 0
  }

  /** Forgets the units from `end` on. */
  cut(end: number): void {
    if (end <= this.#first) this.reset(end)
    else this.#count = Math.min(this.#count, end - this.#first)
  }

  #makeRoom(physicalOffset: number, size: number, tagsCode: number, inFile: number): void {
    const dropped = this.#count < this.#maxUnits ? 0 : Math.min(inFile - this.#first, this.#count >> 1)
    const units = dropped > 0 ? this.#bytes.length / unitBytes : Math.max(firstUnits, this.#count * 2)
    const bytes = Buffer.allocUnsafeSlow(units * unitBytes)
    this.#bytes.copy(bytes, 0, dropped * unitBytes, this.#count * unitBytes)
    this.#memory.bytes += bytes.length - this.#bytes.length
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#first += dropped
    this.#count -= dropped
    this.append(physicalOffset, size, tagsCode, inFile)
  }
}
