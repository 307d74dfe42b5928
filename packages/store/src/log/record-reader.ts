import {
  minRecordBytes,
  readMagic,
  readPhysicalOffset,
  readStoreTimestamp,
  readTotalSize,
  recordHeadBytes,
  recordMagicV1,
  recordMagicV2,
} from '@cometmq/protocol/message'
import { readFailed } from '../error.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import type { LogPositions } from './log-positions.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Tail } from './tail.ts'
import type { TailLease } from './tail-lease.ts'

/** Records of a queue that lie no further apart are read together: the bytes between cost less than another read. */
const maxGapBytes = 16 * 1024
/** One read takes no more, unless a single record is larger. */
const maxRunBytes = 1024 * 1024

/** With so many reads of the log under way none is begun ahead: threads have to be left for writing and syncing. */
const busyReads = 2

/** Where a record is said to be. */
export interface RecordPlace {
  readonly physicalOffset: number
  readonly size: number
}

/** Reads records from the tail in memory, or from the files off the event loop. What it answers is the record that was meant, or nothing. */
export class RecordReader {
  readonly #sequence: SegmentSequence
  readonly #positions: LogPositions
  readonly #tail: Tail
  readonly #readAhead: ReadAhead
  #underWay = 0

  constructor(sequence: SegmentSequence, positions: LogPositions, tail: Tail) {
    this.#sequence = sequence
    this.#positions = positions
    this.#tail = tail
    this.#readAhead = new ReadAhead({
      readInto: this.#readInto,
      endOf: (position) => this.#endOf(position),
      isBusy: () => this.#underWay >= busyReads,
    })
  }

  /**
   * The records when all are in memory: views of the tail, for the time of the lease, and copies of what was read ahead, side by side in one piece of memory. `bytes`: their size in all.
   */
  allInMemory(
    places: readonly RecordPlace[],
    bytes: number,
    memory?: CopyMemory,
    lease?: TailLease,
  ): Buffer[] | undefined {
    const copies = new Copies(bytes, memory)
    const records: Buffer[] = []
    for (let index = 0; index < places.length; index++) {
      const record = this.#inMemory(places[index]!, copies, lease)
      if (record === undefined) return undefined
      records.push(record)
    }
    return records
  }

  /** Records at ascending places, in one read per run; `undefined` for those that are not there. Rejects when a read fails. */
  async readAll(
    places: readonly RecordPlace[],
    memory?: CopyMemory,
    lease?: TailLease,
  ): Promise<(Buffer | undefined)[]> {
    const records: (Buffer | undefined)[] = []
    const bytes = places.reduce((sum, { size }) => sum + size, 0)
    const copies = new Copies(bytes, memory)
    for (let first = 0; first < places.length; ) {
      const cached = this.#inMemory(places[first]!, copies, lease)
      if (cached !== undefined) {
        records.push(cached)
        first++
        continue
      }
      const behind = this.#endOfRun(places, first)
      const run = places.slice(first, behind)
      if (!(await this.#readAheadOf(run, records, copies))) await this.#readRun(run, records)
      first = behind
    }
    return records
  }

  /** The whole record that begins at `physicalOffset`, if one does. */
  async recordAt(physicalOffset: number): Promise<Buffer | undefined> {
    const head = await this.#head(physicalOffset)
    if (head === undefined || !isRecordAt(head, 0, physicalOffset, readTotalSize(head, 0))) return undefined
    const size = readTotalSize(head, 0)
    if (!this.#isReadable(physicalOffset, size)) return undefined
    return (await this.readAll([{ physicalOffset, size }]))[0]
  }

  /** `recordAt` for a record in the tail, at once; see `Tail.glance`. */
  recordNow(physicalOffset: number): Buffer | undefined {
    if (!Number.isSafeInteger(physicalOffset) || !this.#isReadable(physicalOffset, minRecordBytes)) return undefined
    const head = this.#tail.glance(physicalOffset, recordHeadBytes)
    if (head === undefined) return undefined
    const size = readTotalSize(head, 0)
    if (!isRecordAt(head, 0, physicalOffset, size) || !this.#isReadable(physicalOffset, size)) return undefined
    return this.#tail.glance(physicalOffset, size)
  }

  /** When the record at `physicalOffset` was stored, if one is there. */
  async storeTimestampAt(physicalOffset: number): Promise<number | undefined> {
    const head = await this.#head(physicalOffset)
    if (head === undefined || !isRecordAt(head, 0, physicalOffset, readTotalSize(head, 0))) return undefined
    return readStoreTimestamp(head, 0)
  }

  #inMemory({ physicalOffset, size }: RecordPlace, copies: Copies, lease?: TailLease): Buffer | undefined {
    if (physicalOffset + size > this.#positions.written) return undefined
    const recent = this.#tail.view(physicalOffset, size, lease)
    if (recent !== undefined) return isRecordAt(recent, 0, physicalOffset, size) ? recent : undefined
    const ahead = this.#readAhead.view(physicalOffset, size)
    return ahead !== undefined && isRecordAt(ahead, 0, physicalOffset, size) ? copies.of(ahead) : undefined
  }

  async #head(physicalOffset: number): Promise<Buffer | undefined> {
    if (!Number.isSafeInteger(physicalOffset) || !this.#isReadable(physicalOffset, minRecordBytes)) return undefined
    return this.#tail.view(physicalOffset, recordHeadBytes) ?? this.#read(physicalOffset, recordHeadBytes)
  }

  /** Whether the bytes are written, and in one file. */
  #isReadable(physicalOffset: number, size: number): boolean {
    if (size < minRecordBytes || physicalOffset + size > this.#positions.written) return false
    const start = this.#sequence.startOf(physicalOffset)
    return this.#sequence.has(start) && physicalOffset + size <= start + this.#sequence.fileBytes
  }

  #endOfRun(places: readonly RecordPlace[], first: number): number {
    const from = places[first]!.physicalOffset
    const file = this.#sequence.startOf(from)
    let end = from + places[first]!.size
    let next = first + 1
    for (; next < places.length; next++) {
      const { physicalOffset, size } = places[next]!
      const fits = physicalOffset >= end && physicalOffset - end <= maxGapBytes
      if (!fits || physicalOffset + size - from > maxRunBytes) break
      if (this.#sequence.startOf(physicalOffset) !== file || this.#tail.has(physicalOffset)) break
      end = physicalOffset + size
    }
    return next
  }

  /** Takes a run from blocks that are read ahead; false when it does not go on from an earlier read, or is not whole there. */
  async #readAheadOf(run: readonly RecordPlace[], into: (Buffer | undefined)[], copies: Copies): Promise<boolean> {
    const first = run[0]!
    const last = run.at(-1)!
    if (!run.every(({ physicalOffset, size }) => this.#isReadable(physicalOffset, size))) return false
    if (!(await this.#readAhead.prepare(first.physicalOffset, last.physicalOffset + last.size))) return false
    const records = run.map((place) => this.#inMemory(place, copies))
    if (records.includes(undefined)) return false
    into.push(...records)
    return true
  }

  /** The end of what is written in the file that holds `position`. */
  #endOf(position: number): number {
    return Math.min(this.#sequence.startOf(position) + this.#sequence.fileBytes, this.#positions.written)
  }

  async #readRun(run: readonly RecordPlace[], into: (Buffer | undefined)[]): Promise<void> {
    const readable = run.filter(({ physicalOffset, size }) => this.#isReadable(physicalOffset, size))
    const from = readable[0]?.physicalOffset ?? 0
    const last = readable.at(-1)
    const bytes = last === undefined ? undefined : await this.#read(from, last.physicalOffset + last.size - from)
    for (const place of run) {
      const at = place.physicalOffset - from
      const isThere =
        bytes !== undefined &&
        readable.includes(place) &&
        at + place.size <= bytes.length &&
        isRecordAt(bytes, at, place.physicalOffset, place.size)
      into.push(isThere ? bytes.subarray(at, at + place.size) : undefined)
    }
  }

  async #read(position: number, size: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(size)
    const read = await this.#readInto(bytes, position)
    return read === size ? bytes : bytes.subarray(0, read)
  }

  readonly #readInto = async (memory: Buffer, position: number): Promise<number> => {
    this.#underWay++
    try {
      return await this.#sequence.read(memory, position)
    } catch (error) {
      throw readFailed(`reading ${memory.length} bytes of the commit log at ${position}`, error)
    } finally {
      this.#underWay--
    }
  }
}

/** Gives at least so many bytes; see `GetRequest`. */
export type CopyMemory = (bytes: number) => Buffer

/** Memory of its own for what one read takes out of blocks, whose memory is used again. */
class Copies {
  readonly #size: number
  readonly #memory: CopyMemory
  #bytes: Buffer | undefined
  #used = 0

  constructor(size: number, memory: CopyMemory = Buffer.allocUnsafeSlow) {
    this.#size = size
    this.#memory = memory
  }

  of(view: Buffer): Buffer {
    this.#bytes ??= this.#memory(this.#size)
    // A run that was not whole in the blocks has taken room in vain.
    if (view.length > this.#size - this.#used) return Buffer.from(view)
    const start = this.#used
    this.#used += view.copy(this.#bytes, start)
    return this.#bytes.subarray(start, this.#used)
  }
}

function isRecordAt(bytes: Buffer, at: number, physicalOffset: number, size: number): boolean {
  if (bytes.length - at < recordHeadBytes || readTotalSize(bytes, at) !== size) return false
  const magic = readMagic(bytes, at)
  return (magic === recordMagicV1 || magic === recordMagicV2) && readPhysicalOffset(bytes, at) === physicalOffset
}
