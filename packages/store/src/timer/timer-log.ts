import { assert, type FileSystem, type Logger, makeDurableDirectory } from '@cometmq/platform'
import { StoreError } from '../error.ts'
import {
  isTimerFiller,
  isTimerUnit,
  previousTimerUnit,
  readTimerUnit,
  type TimerUnit,
  timerFillerBytes,
  timerUnitBytes,
  writeTimerFiller,
  writeTimerUnit,
} from '../format/timer-unit.ts'
import { OpenFiles } from '../segment/open-files.ts'
import { SegmentSequence } from '../segment/segment-sequence.ts'

/** Units are gathered in memory in pieces of this size. */
const pieceBytes = 256 * 1024
/** When so much is not written yet, `isCrowded`: whoever appends has to write first. */
const maxUnwrittenBytes = 4 * 1024 * 1024
/** Files that are kept open. */
const maxOpenFiles = 8
/** What is read at once on the way back through a chain: more while its units lie close together. */
const leastReadBytes = 4 * 1024
const mostReadBytes = 1024 * 1024

/** Bytes that follow each other in one file, from a position on. */
interface Piece {
  readonly start: number
  readonly bytes: Buffer
  used: number
  written: number
}

/** The log of what waits: units, each with the position of the one before it that waits for the same second. It is derived from the queue of timers. */
export class TimerLog {
  readonly #files: FileSystem
  readonly #handles: OpenFiles
  readonly #sequence: SegmentSequence
  #end: number
  /** Not written yet, or the last. Ascending. */
  #pieces: Piece[] = []
  /** Files that were written to and not synced. */
  readonly #unsynced = new Set<number>()
  #areNamesSynced = false

  private constructor(files: FileSystem, handles: OpenFiles, sequence: SegmentSequence) {
    this.#files = files
    this.#handles = handles
    this.#sequence = sequence
    this.#end = sequence.first ?? 0
  }

  /** Finds the files. Rejects with STORE_OPEN_FAILED when they do not fit the option. */
  static async find(files: FileSystem, logger: Logger, directory: string, fileBytes: number): Promise<TimerLog> {
    const handles = new OpenFiles(files, logger, maxOpenFiles)
    const { sequence, misfits, gapAt } = await SegmentSequence.find(files, handles, directory, fileBytes)
    const [misfit] = misfits
    if (misfit !== undefined && misfit.path === sequence.path(sequence.last!) && misfit.bytes < fileBytes) {
      // Cut by a recovery that a crash has ended: what is missing was given up.
      await sequence.extend(sequence.last!)
    } else if (misfit !== undefined) {
      throw new StoreError(
        'STORE_OPEN_FAILED',
        `${misfit.path} has ${misfit.bytes} bytes, and mappedFileSizeTimerLog is ${fileBytes}: set it to the size of the files that are there`,
      )
    }
    if (gapAt !== undefined)
      throw new StoreError('STORE_OPEN_FAILED', `${directory} lacks the file that holds ${gapAt}`)
    return new TimerLog(files, handles, sequence)
  }

  /** Where the next unit is placed. */
  get end(): number {
    return this.#end
  }

  /** Units before it are gone. */
  get start(): number {
    return this.#sequence.first ?? this.#pieces[0]?.start ?? this.#end
  }

  /** Behind the last byte that there is a file for. */
  get capacity(): number {
    return this.#sequence.last === undefined ? 0 : this.#sequence.last + this.#sequence.fileBytes
  }

  /** Too much waits to be written: `write` first. */
  get isCrowded(): boolean {
    let unwritten = 0
    for (const { used, written } of this.#pieces) unwritten += used - written
    return unwritten >= maxUnwrittenBytes
  }

  append(unit: TimerUnit, previous: number): number {
    const { fileBytes } = this.#sequence
    const left = fileBytes - (this.#end % fileBytes)
    if (left < timerUnitBytes + timerFillerBytes) this.#fill(left)
    const piece = this.#room(timerUnitBytes)
    const position = this.#end
    writeTimerUnit(piece.bytes, piece.used, unit, previous)
    piece.used += timerUnitBytes
    this.#end += timerUnitBytes
    return position
  }

  /** Writes what was appended before the call. One call at a time. */
  async write(): Promise<void> {
    for (const piece of [...this.#pieces]) {
      const { used, written } = piece
      if (used > written) {
        await this.#prepare(this.#sequence.startOf(piece.start))
        await this.#sequence.write(piece.bytes.subarray(written, used), piece.start + written)
        this.#unsynced.add(this.#sequence.startOf(piece.start))
        piece.written = used
      }
    }
    // The last one takes more.
    this.#pieces = this.#pieces.filter((piece, index, all) => piece.written < piece.used || index === all.length - 1)
  }

  /** Makes durable what is written. One call at a time. */
  async sync(): Promise<void> {
    for (const start of this.#unsynced) {
      await this.#sequence.sync(start)
      this.#unsynced.delete(start)
    }
    if (!this.#areNamesSynced && !this.#sequence.isEmpty) await this.#sequence.syncNames()
    this.#areNamesSynced = true
  }

  /** The chain that ends at `last`, in blocks, the newest unit first. It ends where units were removed with their file. */
  async *chain(last: number): AsyncGenerator<TimerUnit> {
    let position = last
    let window: Buffer = Buffer.alloc(0)
    let windowStart = 0
    let readBytes = leastReadBytes
    while (position >= this.start) {
      if (position < windowStart || position + timerUnitBytes > windowStart + window.length) {
        const memory = this.#inMemory(position)
        if (memory !== undefined) {
          window = memory.bytes
          windowStart = memory.start
        } else {
          const end = position + timerUnitBytes
          const isNear = window.length > 0 && windowStart - position < mostReadBytes
          readBytes = isNear ? Math.min(readBytes * 4, mostReadBytes) : leastReadBytes
          windowStart = Math.max(this.start, this.#sequence.startOf(position), end - readBytes)
          window = await this.#read(windowStart, end - windowStart)
        }
      }
      const at = position - windowStart
      if (!isTimerUnit(window, at)) {
        throw new StoreError('STORE_CORRUPT', `the timer log has no unit at ${position}, where a chain leads`)
      }
      yield readTimerUnit(window, at)
      const previous = previousTimerUnit(window, at)
      assert(previous < position, `the timer log leads from ${position} forward to ${previous}`)
      position = previous
    }
  }

  /** The position of the unit before the one at `position` in its chain; `undefined` when no unit is there. */
  async previousOf(position: number): Promise<number | undefined> {
    const bytes = await this.#read(position, timerUnitBytes)
    return isTimerUnit(bytes, 0) ? previousTimerUnit(bytes, 0) : undefined
  }

  /** Goes through units in files from the file that holds `from` on, until no unit follows; answers where that is. */
  async scan(from: number, onUnit: (position: number, unit: TimerUnit) => void): Promise<number> {
    let position = Math.max(this.start, this.#sequence.startOf(from))
    while (position < this.capacity) {
      const left = this.#sequence.startOf(position) + this.#sequence.fileBytes - position
      const bytes = await this.#read(position, Math.min(left, mostReadBytes))
      let at = 0
      for (; isTimerUnit(bytes, at); at += timerUnitBytes) onUnit(position + at, readTimerUnit(bytes, at))
      position += at
      if (isTimerFiller(bytes, at) || left - at < timerFillerBytes) position += left - at
      else if (at === 0) return position
    }
    return position
  }

  /** Gives up what is behind `end`: it reads as zeros, so that nobody takes it for units. */
  async cut(end: number): Promise<void> {
    this.#end = end
    this.#pieces = []
    const { fileBytes } = this.#sequence
    const last = this.#sequence.last
    if (last === undefined) return
    await this.#sequence.removeFrom(end === 0 ? 0 : this.#sequence.startOf(end - 1) + fileBytes)
    const start = this.#sequence.last
    if (start !== undefined && end < start + fileBytes) {
      const file = await this.#files.open(this.#sequence.path(start))
      try {
        await file.truncate(end - start)
        await file.truncate(fileBytes)
        await file.sync()
      } finally {
        await file.close()
      }
    }
    if (!this.#sequence.isEmpty) await this.#sequence.syncNames()
  }

  /** Removes files, but not the last, whose units `isGone` says are of messages that the log does not have any more. */
  async removeExpired(isGone: (unit: TimerUnit) => boolean): Promise<void> {
    while (
      this.#sequence.starts.length > 1 &&
      this.start + this.#sequence.fileBytes <= (this.#pieces[0]?.start ?? this.#end)
    ) {
      const last = await this.#lastUnit(this.start)
      if (last !== undefined && !isGone(last)) return
      await this.#sequence.removeFirst()
    }
  }

  close(): Promise<void> {
    return this.#handles.close()
  }

  /** The last unit of the file that begins at `start`: all units but those behind a cut stand at multiples of their size. */
  async #lastUnit(start: number): Promise<TimerUnit | undefined> {
    const count = Math.floor((this.#sequence.fileBytes - timerFillerBytes) / timerUnitBytes)
    const bytes = await this.#read(start + (count - 1) * timerUnitBytes, timerUnitBytes)
    return isTimerUnit(bytes, 0) ? readTimerUnit(bytes, 0) : undefined
  }

  #inMemory(position: number): { bytes: Buffer; start: number } | undefined {
    const piece = this.#pieces.findLast(({ start }) => start <= position)
    return piece === undefined ? undefined : { bytes: piece.bytes.subarray(0, piece.used), start: piece.start }
  }

  async #read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    return bytes.subarray(0, await this.#sequence.read(bytes, position))
  }

  #fill(left: number): void {
    if (left >= timerFillerBytes) {
      const piece = this.#room(timerFillerBytes)
      writeTimerFiller(piece.bytes, piece.used, left)
      piece.used += timerFillerBytes
    }
    this.#end += left
  }

  /** The last piece, or a new one when it has no room or the next bytes are of another file. */
  #room(bytes: number): Piece {
    const last = this.#pieces.at(-1)
    const fits = last !== undefined && last.start + last.used === this.#end && last.used + bytes <= last.bytes.length
    if (fits && this.#sequence.startOf(last.start) === this.#sequence.startOf(this.#end)) return last
    const piece = { start: this.#end, bytes: Buffer.allocUnsafeSlow(pieceBytes), used: 0, written: 0 }
    this.#pieces.push(piece)
    return piece
  }

  /** Makes the file, and those before it that are missing. */
  async #prepare(start: number): Promise<void> {
    if (this.#sequence.isEmpty) {
      await makeDurableDirectory(this.#files, this.#sequence.directory)
      await this.#create(start)
    }
    while (this.#sequence.last! < start) await this.#create(this.#sequence.last! + this.#sequence.fileBytes)
  }

  async #create(start: number): Promise<void> {
    await this.#sequence.createSynced(start)
    this.#areNamesSynced = false
  }
}
