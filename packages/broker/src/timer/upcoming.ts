import type { Clock, Logger } from '@cometmq/platform'
import { messageOf, type Timer } from '@cometmq/platform'
import { decodeRecord, propertyNames, propertyOf, recordLayout, type StoredMessage } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { type TimerUnit, timerBits } from '@cometmq/store/timer'
import { DueHeap } from './due-heap.ts'
import { exactDueOf } from './timer-properties.ts'

interface Waiting {
  readonly unit: TimerUnit
  readonly second: number
}

/** A message that is read, and due soon. */
export interface Upcoming extends Waiting {
  readonly message: StoredMessage
  readonly uniqKey: string
}

/** Messages are read from the log when one is due within `leastAheadMs`, and then all that are due within `aheadMs`: many at once, and early enough. */
const aheadMs = 1_000
const leastAheadMs = 500
/** Messages that are read and not due yet; further ones are read when some have gone. */
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

/** What is in memory of the seconds that are near: units in a heap, and the messages of those that are due within the next moments. */
export class UpcomingTimers {
  readonly #parts: UpcomingParts
  readonly #heap = new DueHeap()
  /** By the time at which they are due, the first last. */
  #read: Upcoming[] = []
  #readBytes = 0
  #reading: Promise<void> | undefined
  #retry: Timer | undefined
  #isClosed = false

  constructor(parts: UpcomingParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#heap.size + this.#read.length
  }

  push(unit: TimerUnit, dueMs: number, second: number): void {
    this.#heap.push(unit, dueMs, second)
  }

  /** Something that was taken is to be tried again. */
  giveBack(upcoming: Upcoming): void {
    this.#insert([upcoming])
  }

  /** When something is to be done: a message is due, or has to be read. */
  get nextMs(): number {
    const readMs = this.#heap.firstDueMs - leastAheadMs
    return Math.min(
      this.#isReading ? Number.POSITIVE_INFINITY : readMs,
      this.#read.at(-1)?.unit.dueMs ?? Number.POSITIVE_INFINITY,
    )
  }

  /** When the first that waits is due; `Infinity` when none does. */
  get firstDueMs(): number {
    return Math.min(this.#heap.firstDueMs, this.#read.at(-1)?.unit.dueMs ?? Number.POSITIVE_INFINITY)
  }

  /** The next message that is due. */
  take(nowMs: number): Upcoming | undefined {
    const first = this.#read.at(-1)
    if (first === undefined || first.unit.dueMs > nowMs) return undefined
    this.#read.pop()
    this.#readBytes -= first.unit.size
    return first
  }

  /** Reads what is due soon, unless that is under way. */
  readAhead(): void {
    if (this.#isReading || this.#isClosed || !this.#isToRead(leastAheadMs)) return
    this.#reading = this.#readSome().finally(() => {
      this.#reading = undefined
      this.#parts.onRead()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#retry?.cancel()
    await this.#reading
  }

  /** All that is left. */
  *units(): IterableIterator<Waiting> {
    yield* this.#read
    for (let next = this.#heap.pop(); next !== undefined; next = this.#heap.pop()) yield next
  }

  get #isReading(): boolean {
    return this.#reading !== undefined || this.#retry !== undefined
  }

  #isToRead(withinMs = aheadMs): boolean {
    const { clock } = this.#parts
    return (
      this.#heap.firstDueMs <= clock.now() + withinMs && this.#read.length < maxRead && this.#readBytes < maxReadBytes
    )
  }

  async #readSome(): Promise<void> {
    while (this.#isToRead() && !this.#isClosed) {
      const taken: Waiting[] = []
      for (let bytes = 0; taken.length < batchMessages && bytes < batchBytes && this.#isToRead(); ) {
        const next = this.#heap.pop()!
        taken.push(next)
        bytes += next.unit.size
      }
      taken.sort((a, b) => a.unit.physicalOffset - b.unit.physicalOffset)
      let records: (Buffer | undefined)[]
      try {
        records = await this.#recordsOf(taken)
      } catch (error) {
        for (const { unit, second } of taken) this.#heap.push(unit, unit.dueMs, second)
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

  async #recordsOf(taken: readonly Waiting[]): Promise<(Buffer | undefined)[]> {
    const records: (Buffer | undefined)[] = new Array(taken.length)
    let next = 0
    const readGroups = async () => {
      while (next < taken.length) {
        const from = next
        next += groupMessages
        const places = taken.slice(from, next).map(({ unit }) => unit)
        for (const [index, record] of (await this.#parts.store.recordsAt(places)).entries())
          records[from + index] = record === undefined ? undefined : ownMemory(record)
      }
    }
    // All have ended before a failure is told.
    const ends = await Promise.allSettled(Array.from({ length: groupsAtOnce }, readGroups))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return records
  }

  #keep(taken: readonly Waiting[], records: readonly (Buffer | undefined)[]): void {
    const { logger, onGone, clock } = this.#parts
    const soonMs = clock.now() + aheadMs
    const found: Upcoming[] = []
    for (const [index, { unit, second }] of taken.entries()) {
      const message = decodedOf(records[index])
      if (message === undefined) {
        logger.error(
          { physicalOffset: unit.physicalOffset, dueMs: unit.dueMs },
          'a timer is lost: the log does not have its message any more, or it is damaged',
        )
        onGone(second)
        continue
      }
      const { properties, storeTimestamp } = message
      const isRoll = (unit.bits & timerBits.ROLL) !== 0
      const dueMs = isRoll ? unit.dueMs : exactDueOf(properties, storeTimestamp, outOf(properties))
      if (dueMs > soonMs) this.#heap.push(unit, dueMs, second)
      else
        found.push({
          unit: { ...unit, dueMs },
          second,
          message,
          uniqKey: propertyOf(properties, propertyNames.UNIQ_KEY) ?? '',
        })
    }
    this.#insert(found)
  }

  #insert(found: readonly Upcoming[]): void {
    for (const { unit } of found) this.#readBytes += unit.size
    // Nearly in order already, which this sort makes use of.
    this.#read = [...this.#read, ...found].sort(lastFirst)
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

/** `undefined` when the bytes are no record: a damaged one must not hold up the others. */
function decodedOf(record: Buffer | undefined): StoredMessage | undefined {
  if (record === undefined || typeof recordLayout(record, 0, record.length) === 'string') return undefined
  return decodeRecord(record, 0)
}

/** A view would keep all that was read with it. */
const ownMemory = (record: Buffer) => (record.buffer.byteLength > 2 * record.length ? Buffer.from(record) : record)

const outOf = (properties: string) => Number(propertyOf(properties, propertyNames.TIMER_OUT_MS))

function lastFirst(a: Upcoming, b: Upcoming): number {
  return b.unit.dueMs - a.unit.dueMs || b.unit.physicalOffset - a.unit.physicalOffset
}
