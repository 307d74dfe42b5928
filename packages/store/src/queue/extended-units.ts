import { writeInt16 } from '@cometmq/protocol/message'
import {
  type ExtendedUnit,
  extendedAddress,
  extendedFileEnd,
  extendedFileRest,
  extendedUnitBytes,
  maxExtendedUnitBytes,
  readExtendedUnit,
  writeExtendedUnit,
} from '../format/extended-unit.ts'
import { unitBytes } from '../format/queue-unit.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

const firstPendingBytes = 1024
/** Units that are asked for together lie close together; what lies further apart is damage. */
const maxReadBytes = 4 * 1024 * 1024

/** A file of extended units that was written to. */
export interface WrittenFile {
  readonly start: number
  readonly bytes: number
  readonly isNew: boolean
}

/**
 * The extended units of one queue: its tags codes and filter bits, in files of their own. New ones wait in memory for the units of the queue, which are written
 * after them: no unit in a file names an extended one that is not. They are bounded together with those, since each belongs to one.
 */
export class ExtendedUnits {
  readonly sequence: SegmentSequence
  /** Otherwise units are only read: an earlier broker made them. */
  readonly isWritable: boolean
  /** Files that end at or before this position are needed no more, but for the last: no unit of the queue that is kept names a place there. */
  neededFrom = 0
  /** Where the next unit goes. */
  #end = 0
  /** Bytes from here on are in `#pending`. */
  #written = 0
  #pending: Buffer = Buffer.alloc(0)

  constructor(sequence: SegmentSequence, isWritable: boolean) {
    this.sequence = sequence
    this.isWritable = isWritable
  }

  get end(): number {
    return this.#end
  }

  /** Appends a unit and answers its place. */
  append(tagsCode: number, storeTimestamp: number): number {
    const { fileBytes } = this.sequence
    const left = fileBytes - (this.#end % fileBytes)
    if (left < extendedUnitBytes + extendedFileRest) {
      const at = this.#take(left)
      this.#pending.fill(0, at, at + left)
      writeInt16(this.#pending, at, extendedFileEnd)
    }
    const position = this.#end
    // Before `#pending` is named: taking may replace it.
    const at = this.#take(extendedUnitBytes)
    writeExtendedUnit(this.#pending, at, tagsCode, storeTimestamp)
    return position
  }

  /** Units before it are in the files. */
  get writtenEnd(): number {
    return this.#written
  }

  /** Writes what waits, as far as one file goes, and answers which one that is. */
  async write(): Promise<WrittenFile> {
    const { sequence } = this
    const start = sequence.startOf(this.#written)
    const to = Math.min(this.#end, start + sequence.fileBytes)
    const bytes = Buffer.from(this.#pending.subarray(0, to - this.#written))
    const isNew = !sequence.has(start)
    if (isNew) {
      if (!sequence.isEmpty) await sequence.syncNames()
      await sequence.createSynced(start)
    }
    try {
      await sequence.write(bytes, this.#written)
    } catch (error) {
      // The next try makes it again.
      if (isNew) await sequence.removeLast()
      throw error
    }
    this.#pending.copyWithin(0, bytes.length, this.#end - this.#written)
    this.#written = to
    return { start, bytes: bytes.length, isNew }
  }

  /** The extended units of queue units, in their order; `undefined` for a unit without one, or with one that is not there. */
  async unitsOf(units: Buffer): Promise<(ExtendedUnit | undefined)[]> {
    const places: (number | undefined)[] = []
    let first = Number.POSITIVE_INFINITY
    let last = -1
    for (let at = 0; at < units.length; at += unitBytes) {
      const position = extendedAddress(units, at)
      const isThere = position !== undefined && position < this.#end
      places.push(isThere ? position : undefined)
      if (!isThere) continue
      first = Math.min(first, position)
      last = Math.max(last, position)
    }
    if (last < 0 || last - first > maxReadBytes) return places.map(() => undefined)
    const bytes = await this.#read(first, Math.min(this.#end, last + maxExtendedUnitBytes))
    return places.map((position) => (position === undefined ? undefined : readExtendedUnit(bytes, position - first)))
  }

  /** The unit at `position`, wherever files end. */
  async unitAt(position: number): Promise<ExtendedUnit | undefined> {
    const bytes = Buffer.allocUnsafe(maxExtendedUnitBytes)
    return readExtendedUnit(bytes.subarray(0, await this.sequence.read(bytes, position)), 0)
  }

  /** Ends the units behind the one at `position`, the last that a queue unit names; without one, begins anew. */
  async endBehind(position: number | undefined): Promise<void> {
    const unit = position === undefined ? undefined : await this.unitAt(position)
    this.#end = unit === undefined ? 0 : position! + extendedUnitBytes + (unit.bitmap?.length ?? 0)
    this.#written = this.#end
    this.neededFrom = 0
    await this.sequence.removeFrom(this.#end)
  }

  async #read(from: number, to: number): Promise<Buffer> {
    const bytes = Buffer.alloc(to - from)
    // What waits is copied before anything is awaited, since it moves when it is written.
    const waiting = Math.max(from, this.#written)
    if (waiting < to) this.#pending.copy(bytes, waiting - from, waiting - this.#written, to - this.#written)
    if (from < waiting) await this.sequence.read(bytes.subarray(0, Math.min(to, waiting) - from), from)
    return bytes
  }

  /** Room for so many bytes at the end; answers where it is in `#pending`. */
  #take(bytes: number): number {
    const at = this.#end - this.#written
    if (at + bytes > this.#pending.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(firstPendingBytes, 2 * (at + bytes)))
      this.#pending.copy(grown, 0, 0, at)
      this.#pending = grown
    }
    this.#end += bytes
    return at
  }
}
