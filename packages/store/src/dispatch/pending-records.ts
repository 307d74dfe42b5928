import type { KeyHasher } from '../index-files/key-hasher.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { Answer, BatchPlace, PendingRecord } from './dispatcher.ts'
import type { DispatchTarget } from './multi-dispatch.ts'

/** Rows that there are at first; always a power of two. They double as records wait, of which `maxWaitingPuts` says how many may. */
const firstRows = 256
/** What was taken for more is given up as soon as nothing waits. */
const keptRows = 8192
const firstHashes = 1024

/** What few records have. */
interface Extra {
  readonly targets: readonly DispatchTarget[] | undefined
  readonly batch: BatchPlace | undefined
}

/**
 * Records from their append until all are told of them, oldest first, in columns: a message on its way costs no object, and the collector of garbage has nothing to follow. A
 * row is named by its number, which counts from the time when nothing waited. Rows from `first` to `head` are being made readable, those behind wait to be written.
 */
export class PendingRecords {
  #mask = firstRows - 1
  #physicalOffsets = new Float64Array(firstRows)
  #queueOffsets = new Float64Array(firstRows)
  #tagsCodes = new Float64Array(firstRows)
  #storeTimestamps = new Float64Array(firstRows)
  #sizes = new Int32Array(firstRows)
  /** How many of `#hashes` are a row's. */
  #keyCounts = new Int32Array(firstRows)
  #queues = columnOf<ConsumeQueue>(firstRows)
  #answers = columnOf<Answer>(firstRows)
  #extras = columnOf<Extra>(firstRows)
  #first = 0
  #head = 0
  #end = 0
  /** Of the keys of all rows, one behind the other. */
  #hashes = new Int32Array(firstHashes)
  #hashesFrom = 0
  #hashesEnd = 0

  /** Records that are not written. */
  get waiting(): number {
    return this.#end - this.#head
  }

  /** The last of the rows that `takeWritten` took is the one before it. */
  get head(): number {
    return this.#head
  }

  /** `keys`: those of the record, as far as it has some to be found by. */
  add(record: PendingRecord, keys: KeyHasher | undefined): void {
    if (this.#end - this.#first > this.#mask) this.#resize((this.#mask + 1) * 2)
    const at = this.#end++ & this.#mask
    this.#physicalOffsets[at] = record.physicalOffset
    this.#queueOffsets[at] = record.queueOffset
    this.#tagsCodes[at] = record.tagsCode
    this.#storeTimestamps[at] = record.storeTimestamp
    this.#sizes[at] = record.size
    this.#queues[at] = record.queue
    this.#answers[at] = record.answer
    const { targets, batch } = record
    this.#extras[at] = targets === undefined && batch === undefined ? undefined : { targets, batch }
    this.#keyCounts[at] = keys === undefined ? 0 : this.#addHashes(keys)
  }

  physicalOffset(row: number): number {
    return this.#physicalOffsets[row & this.#mask]!
  }

  queueOffset(row: number): number {
    return this.#queueOffsets[row & this.#mask]!
  }

  tagsCode(row: number): number {
    return this.#tagsCodes[row & this.#mask]!
  }

  storeTimestamp(row: number): number {
    return this.#storeTimestamps[row & this.#mask]!
  }

  size(row: number): number {
    return this.#sizes[row & this.#mask]!
  }

  queue(row: number): ConsumeQueue | undefined {
    return this.#queues[row & this.#mask]
  }

  answer(row: number): Answer | undefined {
    return this.#answers[row & this.#mask]
  }

  targets(row: number): readonly DispatchTarget[] | undefined {
    return this.#extras[row & this.#mask]?.targets
  }

  batch(row: number): BatchPlace | undefined {
    return this.#extras[row & this.#mask]?.batch
  }

  keyCount(row: number): number {
    return this.#keyCounts[row & this.#mask]!
  }

  /** The hashes of the keys of all rows: those of row `first` begin at `hashesFrom`, and the other rows' follow. Good until the next `add`. */
  get hashes(): Int32Array {
    return this.#hashes
  }

  get hashesFrom(): number {
    return this.#hashesFrom
  }

  /** The rows from the answer to `head` are those of records before `written`; they stay until `release`. */
  takeWritten(written: number): number {
    const from = this.#head
    while (this.#head < this.#end && this.#physicalOffsets[this.#head & this.#mask]! < written) this.#head++
    return from
  }

  /** Forgets the rows before `behind`. */
  release(behind: number): void {
    for (; this.#first < behind; this.#first++) {
      const at = this.#first & this.#mask
      this.#hashesFrom += this.#keyCounts[at]!
      this.#answers[at] = undefined
      this.#extras[at] = undefined
    }
    this.#restWhenEmpty()
  }

  /** Forgets what is not written, and answers it, oldest first. */
  takeBack(): PendingRecord[] {
    const records: PendingRecord[] = []
    for (let row = this.#head; row < this.#end; row++) {
      records.push({
        queue: this.queue(row),
        queueOffset: this.queueOffset(row),
        physicalOffset: this.physicalOffset(row),
        size: this.size(row),
        tagsCode: this.tagsCode(row),
        storeTimestamp: this.storeTimestamp(row),
        targets: this.targets(row),
        batch: this.batch(row),
        answer: this.answer(row),
      })
      this.#hashesEnd -= this.keyCount(row)
      this.#answers[row & this.#mask] = undefined
      this.#extras[row & this.#mask] = undefined
    }
    this.#end = this.#head
    this.#restWhenEmpty()
    return records
  }

  #restWhenEmpty(): void {
    if (this.#first < this.#end) return
    this.#first = this.#head = this.#end = 0
    this.#hashesFrom = this.#hashesEnd = 0
    if (this.#mask >= keptRows) this.#resize(firstRows)
    if (this.#hashes.length > keptRows * 4) this.#hashes = new Int32Array(firstHashes)
  }

  #addHashes(keys: KeyHasher): number {
    const { count } = keys
    if (this.#hashesEnd + count > this.#hashes.length) this.#makeHashRoom(count)
    for (let i = 0; i < count; i++) this.#hashes[this.#hashesEnd++] = keys.hashes[i]!
    return count
  }

  #makeHashRoom(count: number): void {
    const used = this.#hashesEnd - this.#hashesFrom
    let length = this.#hashes.length
    while (used + count > length / 2) length *= 2
    const hashes = length === this.#hashes.length ? this.#hashes : new Int32Array(length)
    hashes.set(this.#hashes.subarray(this.#hashesFrom, this.#hashesEnd))
    this.#hashes = hashes
    this.#hashesFrom = 0
    this.#hashesEnd = used
  }

  /** Rows stay what they are; their number is what `rows` has room for. */
  #resize(rows: number): void {
    const mask = rows - 1
    const move = <C extends Column>(from: C, to: C): C => {
      for (let row = this.#first; row < this.#end; row++) to[row & mask] = from[row & this.#mask]
      return to
    }
    this.#physicalOffsets = move(this.#physicalOffsets, new Float64Array(rows))
    this.#queueOffsets = move(this.#queueOffsets, new Float64Array(rows))
    this.#tagsCodes = move(this.#tagsCodes, new Float64Array(rows))
    this.#storeTimestamps = move(this.#storeTimestamps, new Float64Array(rows))
    this.#sizes = move(this.#sizes, new Int32Array(rows))
    this.#keyCounts = move(this.#keyCounts, new Int32Array(rows))
    this.#queues = move(this.#queues, columnOf<ConsumeQueue>(rows))
    this.#answers = move(this.#answers, columnOf<Answer>(rows))
    this.#extras = move(this.#extras, columnOf<Extra>(rows))
    this.#mask = mask
  }
}

interface Column {
  [at: number]: unknown
}

function columnOf<T>(rows: number): (T | undefined)[] {
  return new Array<T | undefined>(rows).fill(undefined)
}
