import { assert } from '@cometmq/platform'
import { extendedAddress } from '../format/extended-unit.ts'
import { fillerUnitSize, fillerUnits, isFillerUnit, unitBytes, unitPhysicalOffset } from '../format/queue-unit.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import type { ExtendedUnits } from './extended-units.ts'
import { UnitWindow } from './unit-window.ts'
import type { UnitsRead } from './units-read.ts'
import type { WindowMemory } from './window-memory.ts'

/** What was written to the file that begins at `start`. */
export interface WrittenUnits {
  readonly start: number
  readonly bytes: number
  readonly isNewFile: boolean
}

/**
 * One queue of a topic: a unit per message, that says where its record is. New units are in memory and get into the files a little later; when
 * they do not, recovery makes them again from the log. Queue offsets count units.
 */
export class ConsumeQueue {
  readonly topic: string
  readonly queueId: number
  readonly sequence: SegmentSequence
  /** Tags codes and filter bits, when they are kept apart. */
  readonly extended: ExtendedUnits | undefined
  /** The offset that the next message appended to the log gets; ahead of `maxOffset` while messages wait to be written. */
  nextOffset: number
  /** Its topic was deleted: messages that were on their way come to nothing. */
  isRemoved = false
  /** Whoever writes units knows that it has some: this is looked at for every message. */
  isListed = false
  readonly #window: UnitWindow
  readonly #unitsRead: UnitsRead
  #minOffset: number
  #maxOffset: number
  #inFileOffset: number
  #firstPhysicalOffset: number | undefined

  constructor(
    topic: string,
    queueId: number,
    sequence: SegmentSequence,
    bounds: { minOffset: number; maxOffset: number },
    window: { maxUnits: number; memory: WindowMemory },
    unitsRead: UnitsRead,
    extended?: ExtendedUnits,
  ) {
    this.topic = topic
    this.queueId = queueId
    this.sequence = sequence
    this.#unitsRead = unitsRead
    this.extended = extended
    this.#minOffset = bounds.minOffset
    this.#maxOffset = this.#inFileOffset = this.nextOffset = bounds.maxOffset
    this.#window = new UnitWindow(window.maxUnits, window.memory, bounds.maxOffset)
  }

  /** The offset of the first message. */
  get minOffset(): number {
    return this.#minOffset
  }

  /** The offset behind the last message that can be read. */
  get maxOffset(): number {
    return this.#maxOffset
  }

  /** Units before it are in the files. */
  get inFileOffset(): number {
    return this.#inFileOffset
  }

  get isDirty(): boolean {
    return this.#inFileOffset < this.#maxOffset
  }

  /** Where the record of the first unit lies that is not in the files; there must be one. */
  get firstUnwrittenOffset(): number {
    return this.#window.physicalOffset(this.#inFileOffset)
  }

  /** It had messages, and none of them is kept any more. */
  get isExpired(): boolean {
    return this.#maxOffset > 0 && this.#minOffset === this.#maxOffset && this.nextOffset === this.#maxOffset
  }

  /** Where the record of the first message is, as far as it is known. */
  get firstPhysicalOffset(): number | undefined {
    return this.#firstPhysicalOffset
  }

  /** Where the file begins that its next units make, when it has none yet and nothing is to be filled up before them. */
  get firstFile(): number | undefined {
    const from = this.#inFileOffset * unitBytes
    return this.isDirty && this.sequence.isEmpty && this.sequence.startOf(from) === from ? from : undefined
  }

  get windowBytes(): number {
    return this.#window.bytes
  }

  append(physicalOffset: number, size: number, tagsCode: number, storeTimestamp: number): void {
    if (this.#maxOffset === this.#minOffset) this.#firstPhysicalOffset = physicalOffset
    this.#window.append(physicalOffset, size, tagsCode, this.#inFileOffset)
    if (this.extended?.isWritable === true && size !== fillerUnitSize)
      this.#window.extendLast(this.extended.append(tagsCode, storeTimestamp))
    this.#maxOffset++
  }

  /** The lowest offset that the files can hold: their first begins there. */
  get baseOffset(): number {
    return (this.sequence.first ?? this.#minOffset * unitBytes) / unitBytes
  }

  get dirtyUnits(): number {
    return this.#maxOffset - this.#inFileOffset
  }

  /**
   * Like `append` for a record found by recovery, whose place in the queue, at or behind `baseOffset`, is what it says. A gap before it is filled
   * with units that point at nothing; a queue of which nothing is left begins here; units from there on are given up, as the later record counts.
   */
  restore(queueOffset: number, physicalOffset: number, size: number, tagsCode: number, storeTimestamp: number): void {
    if (this.#maxOffset === this.#minOffset && this.sequence.isEmpty) this.#beginAt(queueOffset)
    if (queueOffset < this.#maxOffset) this.#cutAt(queueOffset)
    // With the record's position, so that positions ascend, on which the search for the end of a queue relies.
    while (this.#maxOffset < queueOffset) this.append(physicalOffset, fillerUnitSize, 0, 0)
    this.append(physicalOffset, size, tagsCode, storeTimestamp)
    this.nextOffset = this.#maxOffset
  }

  /** Whether the unit at `offset` is one of those that were appended since the store was opened and are still in memory. */
  isNew(offset: number): boolean {
    return offset >= this.#window.first
  }

  /** Units `[from, to)` when they are all in memory. The view is good until the queue changes. */
  unitsInMemory(from: number, to: number): Buffer | undefined {
    if (from >= this.#window.first && to <= this.#window.end) return this.#window.view(from, to)
    return this.#unitsRead.view(this, from, to)
  }

  /** Whether a reader goes on from the units that were read last. */
  isReadOn(from: number): boolean {
    return this.#unitsRead.goesOn(this, from)
  }

  /** Units `[from, to)`, fewer when the files end before. Those not yet in the files are in memory. */
  async units(from: number, to: number): Promise<Buffer> {
    const inMemory = this.unitsInMemory(from, to)
    // By the time that the caller gets them, others may lie there.
    if (inMemory !== undefined) return Buffer.from(inMemory)
    const window = from < this.#window.first && to > this.#window.first ? this.#window.first : undefined
    const recent = window === undefined ? undefined : Buffer.from(this.#window.view(window, to))
    const bytes = Buffer.allocUnsafe(((window ?? to) - from) * unitBytes)
    const read = await this.sequence.read(bytes, from * unitBytes)
    const units = bytes.subarray(0, read - (read % unitBytes))
    if (units.length > unitBytes) this.#unitsRead.keep(this, from, units)
    return recent === undefined || units.length < bytes.length ? units : Buffer.concat([units, recent])
  }

  /**
   * Writes units that are not in the files yet, as far as one file goes, and answers what was written. The first file of a queue that does not
   * begin with it is filled up to there.
   */
  async writeUnits(): Promise<WrittenUnits> {
    const { sequence } = this
    const from = this.#inFileOffset * unitBytes
    const start = sequence.startOf(from)
    const to = Math.min(this.#maxOffset, (start + sequence.fileBytes) / unitBytes)
    const units = Buffer.from(this.#window.view(this.#inFileOffset, to))
    const isFirstFile = sequence.isEmpty
    const isNewFile = !sequence.has(start)
    if (isNewFile) {
      // A power cut may take any name that is not durable: a later file without the earlier ones looks like a queue that has got further.
      if (!isFirstFile) await sequence.syncNames()
      await sequence.createSynced(start)
    }
    try {
      if (isFirstFile && from > start) await sequence.write(fillerUnits((from - start) / unitBytes), start)
      await sequence.write(units, from)
    } catch (error) {
      // The next try makes it again, and fills it again up to the first unit.
      if (isNewFile) await sequence.removeLast()
      throw error
    }
    this.#inFileOffset = to
    return { start, bytes: units.length, isNewFile }
  }

  /** Like `writeUnits`, on the event loop. `undefined`, with nothing done, when that takes a new file. */
  writeUnitsNow(): WrittenUnits | undefined {
    const { sequence } = this
    const from = this.#inFileOffset * unitBytes
    const start = sequence.startOf(from)
    if (!sequence.has(start)) return undefined
    const to = Math.min(this.#maxOffset, (start + sequence.fileBytes) / unitBytes)
    sequence.writeNow(this.#window.view(this.#inFileOffset, to), from)
    const bytes = (to - this.#inFileOffset) * unitBytes
    this.#inFileOffset = to
    return { start, bytes, isNewFile: false }
  }

  /** Gives up the memory of units that are in the files. */
  releaseWindow(): void {
    if (!this.isDirty) this.#window.reset(this.#maxOffset)
  }

  /** Its files go: what is in memory does too, and nothing is written any more. */
  discard(): void {
    this.isRemoved = true
    this.#unitsRead.forget(this)
    this.#inFileOffset = this.#maxOffset
    this.#window.reset(this.#maxOffset)
  }

  /** Files that end at or before this position are needed no more, but for the last. */
  get neededFrom(): number {
    return this.#minOffset * unitBytes
  }

  /**
   * Takes units whose records are not kept any more, or that point at nothing, from the front, and extended units that only those named.
   * `first`: where the record of the unit at `minOffset` is, for whom it is known.
   */
  async correctMinOffset(minPhysicalOffset: number, first?: number): Promise<void> {
    if (first !== undefined && first >= minPhysicalOffset) this.#firstPhysicalOffset = first
    else await this.#correctMinOffset(minPhysicalOffset)
    if (this.extended === undefined || this.#maxOffset === 0) return
    // When no message is kept, recovery still looks for what the last unit names.
    const offset = Math.min(this.#minOffset, this.#maxOffset - 1)
    const unit = await this.units(offset, offset + 1)
    const address = unit.length === 0 ? undefined : extendedAddress(unit, 0)
    if (address !== undefined) this.extended.neededFrom = address
  }

  async #correctMinOffset(minPhysicalOffset: number): Promise<void> {
    const points = async (offset: number) => {
      const unit = await this.units(offset, offset + 1)
      if (unit.length === 0) return undefined
      const physicalOffset = unitPhysicalOffset(unit, 0)
      return isFillerUnit(unit, 0) || physicalOffset < minPhysicalOffset ? undefined : physicalOffset
    }
    let low = this.#minOffset
    let high = this.#maxOffset
    this.#firstPhysicalOffset = low < high ? await points(low) : undefined
    if (this.#firstPhysicalOffset !== undefined) return
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((await points(middle)) === undefined) low = middle + 1
      else high = middle
    }
    this.#minOffset = low
    this.#firstPhysicalOffset = low < this.#maxOffset ? await points(low) : undefined
  }

  toString(): string {
    return `queue ${this.queueId} of topic ${this.topic}`
  }

  #cutAt(queueOffset: number): void {
    this.#unitsRead.forget(this)
    assert(queueOffset >= this.baseOffset, `${this}: ${queueOffset} lies before its files`)
    this.#window.cut(queueOffset)
    this.#maxOffset = queueOffset
    this.#minOffset = Math.min(this.#minOffset, queueOffset)
    this.#inFileOffset = Math.min(this.#inFileOffset, queueOffset)
  }

  #beginAt(queueOffset: number): void {
    this.#minOffset = this.#maxOffset = this.#inFileOffset = queueOffset
    this.#window.reset(queueOffset)
  }
}
