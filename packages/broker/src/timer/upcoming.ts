import type { Clock, Logger } from '@cometmq/platform'
import { messageOf, type Timer } from '@cometmq/platform'
import { type MessageStore, TailLease } from '@cometmq/store'
import type { TimerUnit } from '@cometmq/store/timer'
import { type LoadedUnit, LoadedUnits } from './loaded-units.ts'
import { dueOfRecord, isWholeRecord } from './waiting-record.ts'

/** A message that is due or nearly so, and its record, which is whole. */
export interface Upcoming extends LoadedUnit {
  readonly record: Buffer
}

/** Messages that have to be read alone are when one is due within `leastAheadMs`, and then all that are due within `aheadMs`: many at once, and early enough. */
const aheadMs = 1_000
const leastAheadMs = 500
/** Messages that were read alone and are not due yet; further ones are read when some have gone. */
const maxRead = 16_384
const maxReadBytes = 16 * 1024 * 1024
/** Messages that are looked for in the log at once: in its order, those that lie close together are one read. */
const batchMessages = 2_048
const batchBytes = 4 * 1024 * 1024
/** So many of them are read one after the other, and so many such groups side by side: where none lie close together it takes so many reads at once to keep up. */
const groupMessages = 16
const groupsAtOnce = 32
/** So many are decoded in one turn of the event loop; others have theirs before the next ones. */
const maxInTurn = 256
/** After a failure the log is read again. */
const retryMs = 1_000

export interface UpcomingParts {
  store: MessageStore
  clock: Clock
  logger: Logger
  /** Messages were read. */
  onRead: () => void
  /** The log does not have the message. */
  onGone: (second: number) => void
}

/** What is in memory of the seconds that are near: units, their records as bytes, and the messages of those that had to be read alone. */
export class UpcomingTimers {
  readonly #parts: UpcomingParts
  readonly #units: LoadedUnits
  /** By the time at which they are due, the first last. */
  #read: Upcoming[] = []
  #readBytes = 0
  #reading: Promise<void> | undefined
  #retry: Timer | undefined
  #isClosed = false

  constructor(parts: UpcomingParts) {
    this.#parts = parts
    const { store, clock, logger, onRead } = parts
    this.#units = new LoadedUnits({ store, clock, logger, onGathered: onRead })
  }

  get size(): number {
    return this.#units.size + this.#read.length
  }

  push(unit: TimerUnit, dueMs: number, second: number): void {
    this.#units.push(unit, dueMs, second)
  }

  /** Something that was taken is to be tried again. */
  giveBack(upcoming: Upcoming): void {
    this.#insert([upcoming])
  }

  /** When something is to be done: a message is due, or has to be read. */
  get nextMs(): number {
    return Math.min(
      this.#units.nextGatherMs,
      this.#isReading ? Number.POSITIVE_INFINITY : this.#units.firstAloneMs - leastAheadMs,
      this.#firstHereMs,
    )
  }

  /** When the first that waits is due; `Infinity` when none does. */
  get firstDueMs(): number {
    return Math.min(this.#units.firstDueMs, this.#firstReadMs)
  }

  /** The next message that is due. */
  take(nowMs: number): Upcoming | undefined {
    while (this.#firstHereMs <= nowMs) {
      const taken = this.#firstReadMs <= this.#units.firstReadyMs ? this.#takeRead() : this.#takeReady()
      if (taken !== undefined) return taken
    }
    return undefined
  }

  /** Reads what is due soon, unless that is under way. */
  readAhead(): void {
    this.#units.gather()
    if (this.#isReading || this.#isClosed || !this.#isToRead(leastAheadMs)) return
    this.#reading = this.#readAlone().finally(() => {
      this.#reading = undefined
      this.#parts.onRead()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#retry?.cancel()
    await this.#reading
    await this.#units.close()
  }

  /** All that is left. */
  *units(): IterableIterator<LoadedUnit> {
    yield* this.#read
    yield* this.#units.units()
  }

  get #firstReadMs(): number {
    return this.#read.at(-1)?.unit.dueMs ?? Number.POSITIVE_INFINITY
  }

  /** When the first is due that can be taken. What is behind one that is late, and being gathered, waits for it; what is read alone does not hold up others. */
  get #firstHereMs(): number {
    const first = Math.min(this.#firstReadMs, this.#units.firstReadyMs)
    return this.#units.firstToGatherMs < first ? Number.POSITIVE_INFINITY : first
  }

  get #isReading(): boolean {
    return this.#reading !== undefined || this.#retry !== undefined
  }

  #takeRead(): Upcoming {
    const first = this.#read.pop()!
    this.#readBytes -= first.unit.size
    return first
  }

  #takeReady(): Upcoming | undefined {
    const ready = this.#units.popReady()!
    if (isWholeRecord(ready.record)) return ready
    this.#gone(ready)
    return undefined
  }

  #isToRead(withinMs = aheadMs): boolean {
    const isRoom = this.#read.length < maxRead && this.#readBytes < maxReadBytes
    return isRoom && this.#units.firstAloneMs <= this.#parts.clock.now() + withinMs
  }

  async #readAlone(): Promise<void> {
    while (this.#isToRead() && !this.#isClosed) {
      const taken: LoadedUnit[] = []
      for (let bytes = 0; taken.length < batchMessages && bytes < batchBytes && this.#isToRead(); ) {
        const next = this.#units.popAlone()!
        taken.push(next)
        bytes += next.unit.size
      }
      taken.sort((a, b) => a.unit.physicalOffset - b.unit.physicalOffset)
      let records: (Buffer | undefined)[]
      try {
        records = await this.#recordsOf(taken)
      } catch (error) {
        for (const waiting of taken) this.#units.pushAlone(waiting)
        this.#tryAgain(error)
        return
      }
      for (let from = 0; from < taken.length; from += maxInTurn) {
        this.#keep(taken.slice(from, from + maxInTurn), records.slice(from, from + maxInTurn))
        await new Promise<void>((resolve) => this.#parts.clock.endOfTick(resolve))
      }
      this.#parts.onRead()
    }
  }

  async #recordsOf(taken: readonly LoadedUnit[]): Promise<(Buffer | undefined)[]> {
    const records: (Buffer | undefined)[] = new Array(taken.length)
    let next = 0
    const readGroups = async () => {
      while (next < taken.length) {
        const from = next
        next += groupMessages
        const places = taken.slice(from, next).map(({ unit }) => unit)
        const lease = new TailLease()
        // A view would keep all that was read with it.
        for (const [index, record] of (await this.#parts.store.recordsAt(places, lease)).entries())
          records[from + index] = record && Buffer.from(record)
        lease.end()
      }
    }
    // All have ended before a failure is told.
    const ends = await Promise.allSettled(Array.from({ length: groupsAtOnce }, readGroups))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return records
  }

  #keep(taken: readonly LoadedUnit[], records: readonly (Buffer | undefined)[]): void {
    const soonMs = this.#parts.clock.now() + aheadMs
    const found: Upcoming[] = []
    for (const [index, { unit, second }] of taken.entries()) {
      const record = records[index]
      if (record === undefined || !isWholeRecord(record)) {
        this.#gone({ unit, second })
        continue
      }
      const dueMs = dueOfRecord(unit, record)
      if (dueMs > soonMs) this.#units.push(unit, dueMs, second)
      else found.push({ unit: dueMs === unit.dueMs ? unit : { ...unit, dueMs }, second, record })
    }
    this.#insert(found)
  }

  #insert(found: readonly Upcoming[]): void {
    for (const { unit } of found) this.#readBytes += unit.size
    // Nearly in order already, which this sort makes use of.
    this.#read = [...this.#read, ...found].sort(lastFirst)
  }

  #gone({ unit: { physicalOffset, dueMs }, second }: LoadedUnit): void {
    this.#parts.logger.error(
      { physicalOffset, dueMs },
      'a timer is lost: the log does not have its message any more, or it is damaged',
    )
    this.#parts.onGone(second)
  }

  #tryAgain(error: unknown): void {
    const { clock, logger } = this.#parts
    logger.error({ reason: messageOf(error) }, 'messages that are due were not read; trying again')
    this.#retry = clock.after(retryMs, () => {
      this.#retry = undefined
      this.readAhead()
    })
  }
}

function lastFirst(a: Upcoming, b: Upcoming): number {
  return b.unit.dueMs - a.unit.dueMs || b.unit.physicalOffset - a.unit.physicalOffset
}
