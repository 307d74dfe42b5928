import { type Clock, type Logger, messageOf } from '@cometmq/platform'
import { type MessageStore, TailLease } from '@cometmq/store'
import type { TimerUnit } from '@cometmq/store/timer'
import { DueHeap } from './due-heap.ts'
import { RecordSlabs, slabBytes } from './record-slabs.ts'
import { dueOfRecord } from './waiting-record.ts'

/** Records are gathered when the first that is not is due within this, */
const gatherWithinMs = 5_000
/** and then of all that are due within this: the more there are, the nearer they lie together in the log. */
const gatherUntilMs = 10_000
/** What is due sooner when it comes does not wait for others, unless so many are alone already: then it is gathered, */
const aloneWithinMs = 1_000
const maxAlone = 1_024
/** and not later than this before it is due. */
const leastAheadMs = 250
/** Between one beginning and the next, so that what arrives meanwhile comes with it. */
const pauseMs = 500
/** Bytes of records that wait to be due, of which a quarter is gathered at once: memory is given back when all that came together has gone, and the next ones must not wait for that. */
const maxGatheredBytes = 96 * 1024 * 1024
const maxAtOnceBytes = maxGatheredBytes / 4
/** A larger record is not gathered: to read it by itself costs little more than its bytes. */
const maxRecordBytes = 64 * 1024
/** Records that begin in the same piece of the log are read together, and so many pieces side by side: threads have to be left for writing. */
const pieceBytes = 1024 * 1024
const piecesAtOnce = 3
/** Units that are taken from the heap in one turn of the event loop; others have theirs before the next ones. */
const maxInTurn = 512

export interface LoadedUnitsParts {
  store: MessageStore
  clock: Clock
  logger: Logger
  /** Records were gathered. */
  onGathered: () => void
}

export interface LoadedUnit {
  readonly unit: TimerUnit
  readonly second: number
}

/**
 * The units of the seconds that are near. Messages that are due together lie anywhere in the log, so that each would be a read of its own: the records of seconds to come are therefore read in the
 * order of the log, many with one read, and wait as bytes until they are due. What comes too late for that has to be read alone.
 */
export class LoadedUnits {
  readonly #parts: LoadedUnitsParts
  /** Whose records are to be gathered. */
  readonly #far = new DueHeap()
  /** Whose records are here. */
  readonly #ready = new DueHeap()
  /** Whose records have to be read alone. */
  readonly #alone = new DueHeap()
  readonly #slabs = new RecordSlabs(maxGatheredBytes)
  #gathering: Promise<void> | undefined
  /** How many are being gathered, and when the first of them is due. */
  #gatheringSize = 0
  #gatheringFromMs = Number.POSITIVE_INFINITY
  #nextGatherMs = 0
  #isClosed = false

  constructor(parts: LoadedUnitsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#far.size + this.#ready.size + this.#alone.size + this.#gatheringSize
  }

  /** When the first is due; `Infinity` when there is none. */
  get firstDueMs(): number {
    return Math.min(this.firstToGatherMs, this.firstReadyMs, this.firstAloneMs)
  }

  /** When the first is due whose record is here. */
  get firstReadyMs(): number {
    return this.#ready.firstDueMs
  }

  /** When the first is due that has to be read alone. */
  get firstAloneMs(): number {
    return this.#alone.firstDueMs
  }

  /** When the first is due that is gathered, or will be. */
  get firstToGatherMs(): number {
    return Math.min(this.#far.firstDueMs, this.#gatheringFromMs)
  }

  /** When records are to be gathered. */
  get nextGatherMs(): number {
    const firstMs = this.#far.firstDueMs
    if (this.#gathering !== undefined || this.#isClosed) return Number.POSITIVE_INFINITY
    // What is due before all that fills the memory comes when it is, whether there is room or not.
    if (this.#slabs.bytes > maxGatheredBytes - maxAtOnceBytes)
      return firstMs < this.#ready.firstDueMs ? firstMs : Number.POSITIVE_INFINITY
    return Math.max(firstMs - gatherWithinMs, Math.min(firstMs - leastAheadMs, this.#nextGatherMs))
  }

  push(unit: TimerUnit, dueMs: number, second: number): void {
    const waitMs = dueMs - this.#parts.clock.now()
    const isNear = waitMs > 0 && waitMs <= aloneWithinMs && this.#alone.size < maxAlone
    if (isNear) this.#alone.push(unit, dueMs, second)
    else this.#far.push(unit, dueMs, second)
  }

  /** It has to be read alone. */
  pushAlone({ unit, second }: LoadedUnit): void {
    this.#alone.push(unit, unit.dueMs, second)
  }

  /** The first that has to be read alone, which leaves. */
  popAlone(): LoadedUnit | undefined {
    return this.#alone.pop()
  }

  /** The first of those that are ready, with its record, which leaves. */
  popReady(): (LoadedUnit & { record: Buffer }) | undefined {
    const found = this.#ready.pop()
    return found && { unit: found.unit, second: found.second, record: this.#slabs.take(found.held, found.unit.size) }
  }

  /** Gathers the records of what comes next, unless that is under way or not needed yet. */
  gather(): void {
    const nowMs = this.#parts.clock.now()
    if (this.nextGatherMs > nowMs) return
    this.#nextGatherMs = nowMs + pauseMs
    this.#gathering = this.#gather(nowMs + gatherUntilMs).finally(() => {
      this.#gathering = undefined
      this.#parts.onGathered()
    })
  }

  /** All that is left. */
  *units(): IterableIterator<LoadedUnit> {
    for (const heap of [this.#far, this.#ready, this.#alone])
      for (let next = heap.pop(); next !== undefined; next = heap.pop()) yield next
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#gathering
  }

  async #gather(untilMs: number): Promise<void> {
    this.#gatheringFromMs = this.#far.firstDueMs
    const byPiece = await this.#takeFar(untilMs)
    const pieces = [...byPiece.keys()].sort((a, b) => a - b)
    let next = 0
    const readPieces = async () => {
      while (next < pieces.length) await this.#readPiece(byPiece.get(pieces[next++]!)!)
    }
    await Promise.all(Array.from({ length: piecesAtOnce }, readPieces))
    this.#gatheringFromMs = Number.POSITIVE_INFINITY
  }

  /** Units of what is due until then, by the piece of the log in which they lie, as far as there is room. */
  async #takeFar(untilMs: number): Promise<Map<number, LoadedUnit[]>> {
    const byPiece = new Map<number, LoadedUnit[]>()
    // Records do not fill their memory to the end.
    let room = maxAtOnceBytes - 2 * slabBytes
    let taken = 0
    while (this.#far.firstDueMs <= untilMs && room > 0 && !this.#isClosed) {
      const { unit, second } = this.#far.pop()!
      if (unit.size > maxRecordBytes) {
        this.pushAlone({ unit, second })
      } else {
        room -= unit.size
        this.#gatheringSize++
        const piece = Math.floor(unit.physicalOffset / pieceBytes)
        const found = byPiece.get(piece)
        if (found === undefined) byPiece.set(piece, [{ unit, second }])
        else found.push({ unit, second })
      }
      if (++taken % maxInTurn === 0) await new Promise<void>((resolve) => this.#parts.clock.endOfTick(resolve))
    }
    return byPiece
  }

  async #readPiece(units: LoadedUnit[]): Promise<void> {
    const { store, logger } = this.#parts
    units.sort((a, b) => a.unit.physicalOffset - b.unit.physicalOffset)
    let records: readonly (Buffer | undefined)[] = []
    const lease = new TailLease()
    try {
      if (!this.#isClosed)
        records = await store.recordsAt(
          units.map(({ unit }) => unit),
          lease,
        )
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'messages that will be due were not read; trying again one by one')
    }
    for (const [index, waiting] of units.entries()) {
      const record = records[index]
      const held = record === undefined ? -1 : this.#slabs.add(record)
      if (held < 0) this.pushAlone(waiting)
      else this.#ready.push(waiting.unit, dueOfRecord(waiting.unit, record!), waiting.second, held)
    }
    lease.end()
    this.#gatheringSize -= units.length
  }
}
