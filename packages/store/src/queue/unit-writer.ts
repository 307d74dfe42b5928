import type { Clock, FileSystem } from '@cometmq/platform'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import type { UnsyncedDirectories } from '../segment/unsynced-directories.ts'
import type { ConsumeQueue } from './consume-queue.ts'
import type { ExtendedUnits } from './extended-units.ts'
import { makeFirstFiles } from './first-files.ts'
import type { UnsyncedFiles } from './unsynced-files.ts'

/** Queues whose units are written in one turn of the event loop: about a millisecond where opening, writing and closing a file take 25 µs. */
const writesPerTurn = 32
/**
 * A turn that takes longer shows that the disk cannot keep up, or that somebody else had the processor; then writing waits off the event loop for so many times what the turn took.
 * Never for a whole pass: ten thousand queues one after the other take seconds there.
 */
const slowTurnMs = 20
const asideTimes = 20

export interface UnitWriterParts {
  files: FileSystem
  clock: Clock
  directories: UnsyncedDirectories
  unsynced: UnsyncedFiles
  /** With more queues than files may be open, handles are not kept. */
  maxOpenFiles: number
  /** Units came into the files. */
  onWritten: (bytes: number) => void
}

/** Writes on the event loop, with nothing else between them. */
interface Turn {
  readonly startedMs: number
  writes: number
}

/**
 * Writes the units of one queue after another, with the files and folders that this takes. With few queues that happens off the event loop; with very many, where
 * the threads would cost more than the writes, on it and in short turns.
 */
export class UnitWriter {
  readonly #parts: UnitWriterParts
  #turn: Turn | undefined
  /** When turns go on after a slow one; `undefined` with few queues, which never have any. */
  #nextTurnMs: number | undefined

  constructor(parts: UnitWriterParts) {
    this.#parts = parts
  }

  /** These queues are going to be written, and no others are under way. */
  async begin(queues: ReadonlySet<ConsumeQueue>): Promise<void> {
    const { maxOpenFiles, unsynced } = this.#parts
    this.#turn = undefined
    this.#nextTurnMs = undefined
    if (queues.size <= maxOpenFiles) return
    const fresh = [...queues].filter((queue) => queue.extended === undefined && queue.firstFile !== undefined)
    if (fresh.length > maxOpenFiles) {
      await makeFirstFiles(fresh, {
        makeDirectories: (sequence) => this.#makeDirectories(sequence),
        syncLengths: (made) => unsynced.syncLengths(made),
      })
    }
    this.#beginTurn()
  }

  /** All units that the queue has at the time of the call. `undefined` when they are in the files already: there may be very many queues. */
  write(queue: ConsumeQueue): Promise<void> | undefined {
    const goal = queue.maxOffset
    if (this.#isTurnDue()) this.#beginTurn()
    const isTurnOver = this.#turn !== undefined && this.#writeNow(queue) && ++this.#turn.writes === writesPerTurn
    if (!isTurnOver && queue.inFileOffset >= goal) return undefined
    return this.#writeOn(queue, goal, isTurnOver)
  }

  async #writeOn(queue: ConsumeQueue, goal: number, isTurnOver: boolean): Promise<void> {
    if (isTurnOver) await this.#endTurn()
    while (queue.inFileOffset < goal) await this.#write(queue)
  }

  /** The names of the queue's files and folders are not known to be durable. */
  distrustNames(queue: ConsumeQueue): void {
    this.#distrust(queue.sequence)
    if (queue.extended !== undefined) this.#distrust(queue.extended.sequence)
  }

  #beginTurn(): void {
    this.#nextTurnMs = undefined
    this.#turn = { writes: 0, startedMs: this.#parts.clock.monotonicMs() }
  }

  /** Lets everybody else go first. */
  async #endTurn(): Promise<void> {
    const { clock } = this.#parts
    const tookMs = clock.monotonicMs() - this.#turn!.startedMs
    await new Promise<void>((resolve) => clock.endOfTick(resolve))
    if (tookMs <= slowTurnMs) return this.#beginTurn()
    this.#turn = undefined
    this.#nextTurnMs = clock.monotonicMs() + asideTimes * tookMs
  }

  #isTurnDue(): boolean {
    return this.#nextTurnMs !== undefined && this.#parts.clock.monotonicMs() >= this.#nextTurnMs
  }

  /** As far as one file goes. False, with nothing done, when the queue needs more than a write to a file that is there. */
  #writeNow(queue: ConsumeQueue): boolean {
    if (!queue.isDirty || queue.extended !== undefined) return false
    const written = queue.writeUnitsNow()
    if (written === undefined) return false
    this.#parts.onWritten(written.bytes)
    this.#parts.unsynced.note(queue, queue.sequence, written.start, written.bytes)
    return true
  }

  async #write(queue: ConsumeQueue): Promise<void> {
    const { directories, unsynced, onWritten } = this.#parts
    const { directory } = queue.sequence
    if (queue.sequence.isEmpty) await this.#makeDirectories(queue.sequence)
    if (queue.extended !== undefined) await this.#writeExtended(queue, queue.extended)
    const { start, bytes, isNewFile } = await queue.writeUnits()
    onWritten(bytes)
    if (isNewFile) directories.add(directory)
    unsynced.note(queue, queue.sequence, start, bytes)
  }

  /** Before the units that name them. */
  async #writeExtended(queue: ConsumeQueue, extended: ExtendedUnits): Promise<void> {
    const { directories, unsynced } = this.#parts
    const { sequence } = extended
    if (sequence.isEmpty && extended.end > 0) await this.#makeDirectories(sequence)
    const goal = extended.end
    while (extended.writtenEnd < goal) {
      const { start, bytes, isNew } = await extended.write()
      if (isNew) directories.add(sequence.directory)
      unsynced.note(queue, sequence, start, bytes)
    }
  }

  async #makeDirectories(sequence: SegmentSequence): Promise<void> {
    await this.#parts.files.makeDirectory(sequence.directory)
    this.#distrust(sequence)
  }

  /** The folder of the queue, that of its topic, and that of all. */
  #distrust({ directory }: SegmentSequence): void {
    const topic = directory.slice(0, directory.lastIndexOf('/'))
    for (const folder of [directory, topic, topic.slice(0, topic.lastIndexOf('/'))]) this.#parts.directories.add(folder)
  }
}
