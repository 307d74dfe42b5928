import { assert } from '@cometmq/platform'
import { type BatchUnit, batchUnitBytes, readBatchUnit, writeBatchUnit } from '../format/batch-unit.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

/** Units of the end of a queue that stay in memory once they are in the files. */
const keptUnits = 1024

/**
 * A queue of a topic with `queue.type=BatchCQ`: a unit per record, which holds one message or many. Queue offsets count messages, unit numbers the units. New units
 * are in memory and get into the files a little later, like those of other queues.
 */
export class BatchQueue {
  readonly topic: string
  readonly queueId: number
  readonly sequence: SegmentSequence
  /** The offset that the next message gets; ahead of `maxOffset` while records wait to be written. */
  nextOffset = 0
  isRemoved = false
  /** Units that were given up may stand in the files behind the last one. */
  hasRest = false
  /** The newest units; the first of them has the number `#firstKept`. */
  #kept: BatchUnit[] = []
  #firstKept = 0
  /** Numbers of the first unit whose record is kept, and of the first that is not in the files. */
  #minUnit = 0
  #inFiles = 0
  #minOffset = 0
  #maxOffset = 0
  #firstPhysicalOffset: number | undefined

  constructor(topic: string, queueId: number, sequence: SegmentSequence) {
    this.topic = topic
    this.queueId = queueId
    this.sequence = sequence
  }

  get minOffset(): number {
    return this.#minOffset
  }

  get maxOffset(): number {
    return this.#maxOffset
  }

  /** It had messages, and none of them is kept any more. */
  get isExpired(): boolean {
    return this.#maxOffset > 0 && this.#minUnit === this.units && this.nextOffset === this.#maxOffset
  }

  /** Where the first record is that is kept. */
  get firstPhysicalOffset(): number | undefined {
    return this.#firstPhysicalOffset
  }

  /** Files that end at or before this position are needed no more, but for the last. */
  get neededFrom(): number {
    return this.#minUnit * batchUnitBytes
  }

  get units(): number {
    return this.#firstKept + this.#kept.length
  }

  get dirtyUnits(): number {
    return this.units - this.#inFiles
  }

  append(unit: BatchUnit): void {
    if (this.units === this.#minUnit) this.#beginWith(unit)
    this.#kept.push(unit)
    this.#maxOffset = unit.baseOffset + unit.count
    const spare = Math.min(this.#inFiles - this.#firstKept, this.#kept.length - keptUnits)
    if (spare < keptUnits) return
    this.#kept = this.#kept.slice(spare)
    this.#firstKept += spare
  }

  /** Units from the one that holds `offset` on, at most `limit`. Fewer when the files end before. */
  async unitsFrom(offset: number, limit: number): Promise<BatchUnit[]> {
    let low = this.#minUnit
    let high = this.units
    while (low < high) {
      const middle = (low + high) >> 1
      const unit = (await this.#read(middle, 1))[0]
      if (unit === undefined || unit.baseOffset + unit.count <= offset) low = middle + 1
      else high = middle
    }
    return this.#read(low, Math.min(limit, this.units - low))
  }

  /**
   * Like `append` for a record found by recovery, whose place is what it says. Units from there on are given up, as the later record counts: its topic was removed and made
   * again. False when that cannot be told from damage.
   */
  restore(unit: BatchUnit): boolean {
    if (unit.baseOffset < this.#maxOffset && !this.#cutAt(unit.baseOffset)) return false
    this.append(unit)
    this.nextOffset = this.#maxOffset
    return true
  }

  /** Writes units that are not in the files yet, as far as one file goes, and answers which one that is. */
  async writeUnits(): Promise<{ start: number; units: number; isNew: boolean }> {
    const { sequence } = this
    const at = this.#inFiles * batchUnitBytes
    const start = sequence.startOf(at)
    const to = Math.min(this.units, (start + sequence.fileBytes) / batchUnitBytes)
    const written = this.#kept.slice(this.#inFiles - this.#firstKept, to - this.#firstKept)
    const bytes = Buffer.alloc(written.length * batchUnitBytes)
    for (const [index, unit] of written.entries()) writeBatchUnit(bytes, index * batchUnitBytes, unit)
    const isNew = !sequence.has(start)
    if (isNew) {
      // As for other queues: a later file without the earlier ones looks like a queue that has got further.
      if (!sequence.isEmpty) await sequence.syncNames()
      await sequence.createSynced(start)
    }
    try {
      await sequence.write(bytes, at)
    } catch (error) {
      // The next try makes it again.
      if (isNew) await sequence.removeLast()
      throw error
    }
    this.#inFiles = to
    return { start, units: written.length, isNew }
  }

  /** Where the record of the last unit in the files is; `undefined` when there is none. */
  async lastPhysicalOffset(): Promise<number | undefined> {
    const end = await this.#endInFilesBefore(Number.POSITIVE_INFINITY)
    if (end * batchUnitBytes <= (this.sequence.first ?? 0)) return undefined
    return (await this.#fromFiles(end - 1, 1))[0]?.physicalOffset
  }

  /** Ends the queue, which has just been found, behind the last unit of a record before `limit` in the log. */
  async endBefore(limit: number): Promise<void> {
    const { sequence } = this
    const first = (sequence.first ?? 0) / batchUnitBytes
    const low = await this.#endInFilesBefore(limit)
    const last = low > first ? (await this.#fromFiles(low - 1, 1))[0] : undefined
    this.#minUnit = first
    this.#firstKept = this.#inFiles = low
    this.#kept = []
    this.#maxOffset = this.nextOffset = last === undefined ? 0 : last.baseOffset + last.count
    this.#beginWith(low > first ? (await this.#fromFiles(first, 1))[0] : undefined)
    await this.removeBehindEnd()
  }

  /** Removes files behind the units in the files, and makes that durable. The first stays, since it was never without a unit for long. */
  async removeBehindEnd(): Promise<void> {
    const { sequence } = this
    if ((await sequence.removeFrom(Math.max(this.endInFiles, (sequence.first ?? 0) + 1))) > 0)
      await sequence.syncNames()
  }

  /** Passes by units whose records are not kept any more. */
  async correctMinOffset(minPhysicalOffset: number): Promise<void> {
    let low = this.#minUnit
    let high = this.units
    while (low < high) {
      const middle = (low + high) >> 1
      const unit = (await this.#read(middle, 1))[0]
      if (unit === undefined || unit.physicalOffset < minPhysicalOffset) low = middle + 1
      else high = middle
    }
    const inFiles = low < this.#firstKept ? (await this.#fromFiles(low, 1))[0] : undefined
    // Nothing may be awaited from here on: the next unit can be the first.
    this.#minUnit = low
    this.#beginWith(inFiles ?? this.#kept[low - this.#firstKept])
  }

  /** The offset at `timestamp`, or that of its neighbour: the first message of the first record that is not older, or of the last one that is not younger. */
  async searchByTime(timestamp: number, boundary: 'LOWER' | 'UPPER'): Promise<number> {
    let low = this.#minUnit
    let high = this.units
    while (low < high) {
      const middle = (low + high) >> 1
      const time = (await this.#read(middle, 1))[0]?.storeTimestamp ?? 0
      if (boundary === 'LOWER' ? time < timestamp : time <= timestamp) low = middle + 1
      else high = middle
    }
    const unit = (await this.#read(boundary === 'LOWER' ? low : Math.max(this.#minUnit, low - 1), 1))[0]
    return unit?.baseOffset ?? this.#maxOffset
  }

  /** Where the record of the first unit is that is not in the files. */
  get firstUnwrittenOffset(): number | undefined {
    return this.#kept[this.#inFiles - this.#firstKept]?.physicalOffset
  }

  /** Where units end in the files; what lies behind was never written, or is left over from a crash. */
  get endInFiles(): number {
    return this.#inFiles * batchUnitBytes
  }

  toString(): string {
    return `batch queue ${this.queueId} of topic ${this.topic}`
  }

  /** Gives up the units from the one at `offset` on; false when that one is not among those in memory. */
  #cutAt(offset: number): boolean {
    const first = (this.sequence.first ?? 0) / batchUnitBytes
    const index = this.#kept.findIndex(({ baseOffset, count }) => baseOffset + count > offset)
    const isKnown = index >= 0 && (index > 0 || this.#kept[0]!.baseOffset <= offset || this.#firstKept === first)
    if (offset > 0 && !isKnown) return false
    const end = offset === 0 ? first : this.#firstKept + index
    this.#kept.length = Math.max(0, end - this.#firstKept)
    this.#firstKept = Math.min(this.#firstKept, end)
    this.#inFiles = Math.min(this.#inFiles, end)
    this.#minUnit = Math.min(this.#minUnit, end)
    this.#maxOffset = offset
    this.hasRest = true
    return true
  }

  /** The first unit whose record is kept, when there is one. */
  #beginWith(unit: BatchUnit | undefined): void {
    this.#minOffset = unit?.baseOffset ?? this.#maxOffset
    this.#firstPhysicalOffset = unit?.physicalOffset
  }

  /** Positions ascend, and what was never written is zero. Only files that are there are read: a crash in the removal of a queue can leave any of them. */
  async #endInFilesBefore(limit: number): Promise<number> {
    const { starts, first = 0, fileBytes } = this.sequence
    const isBefore = async (number: number) => {
      const unit = (await this.#fromFiles(number, 1))[0]
      return unit !== undefined && unit.physicalOffset < limit
    }
    for (const start of starts.toReversed()) {
      if (!(await isBefore(start / batchUnitBytes))) continue
      let low = start / batchUnitBytes + 1
      let high = (start + fileBytes) / batchUnitBytes
      while (low < high) {
        const middle = (low + high) >> 1
        if (await isBefore(middle)) low = middle + 1
        else high = middle
      }
      return low
    }
    return first / batchUnitBytes
  }

  async #read(first: number, count: number): Promise<BatchUnit[]> {
    if (count <= 0) return []
    const kept = this.#firstKept
    const recent = this.#kept.slice(Math.max(0, first - kept), Math.max(0, first + count - kept))
    const old = Math.min(count, kept - first)
    return old <= 0 ? recent : [...(await this.#fromFiles(first, old)), ...recent]
  }

  async #fromFiles(first: number, count: number): Promise<BatchUnit[]> {
    assert(first >= 0, `${this} has no unit ${first}`)
    const bytes = Buffer.allocUnsafe(count * batchUnitBytes)
    const read = await this.sequence.read(bytes, first * batchUnitBytes)
    const units: BatchUnit[] = []
    for (let at = 0; at + batchUnitBytes <= read; at += batchUnitBytes) {
      const unit = readBatchUnit(bytes, at)
      if (unit === undefined) break
      units.push(unit)
    }
    return units
  }
}
