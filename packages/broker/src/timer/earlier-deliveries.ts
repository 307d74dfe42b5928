import type { Clock } from '@cometmq/platform'
import { decodeRecord, propertyNames, propertyOf, systemTopics } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import type { TimerProgress } from '@cometmq/store/timer'

/** What was delivered before the broker was started, and behind what the checkpoint says: it is found in the commit log. */
export class EarlierDeliveries {
  /** Of the records that waited. */
  readonly #offsets: Set<number>
  /** Deliveries are looked for from here on while an earlier second than this may come up again. */
  readonly #from: number
  readonly #second: number

  private constructor(offsets: Set<number>, from: number, second: number) {
    this.#offsets = offsets
    this.#from = from
    this.#second = second
  }

  static async find(store: MessageStore, clock: Clock, start: TimerProgress): Promise<EarlierDeliveries> {
    const offsets = new Set<number>()
    // An Apache broker's deliveries do not say what they are of; it has written how far it was.
    const from = start.deliveredFrom ?? store.state.dispatchedOffset
    await store.walk(from, (_topic, properties, _flags, _offset, _storedAt, preparedOffset) => {
      if (isDelivery(properties, preparedOffset)) offsets.add(preparedOffset)
    })
    return new EarlierDeliveries(offsets, from, Math.max(start.readSecond, Math.floor(clock.now() / 1_000)) + 1)
  }

  get isEmpty(): boolean {
    return this.#offsets.size === 0
  }

  /** Whether the record at `physicalOffset` is delivered. */
  has(physicalOffset: number): boolean {
    return this.#offsets.has(physicalOffset)
  }

  /** Where in the log deliveries of seconds from `readSecond` on can be, when those since the start are from `from` on. */
  deliveredFrom(readSecond: number, from: number): number {
    return readSecond <= this.#second ? Math.min(from, this.#from) : from
  }

  /** Seconds before `readSecond` do not come up again. */
  forget(readSecond: number): void {
    if (readSecond > this.#second) this.#offsets.clear()
  }
}

/** Where timers begin that were never delivered here: at the first message of their queue. */
export async function firstProgress(store: MessageStore, clock: Clock): Promise<TimerProgress> {
  const queueOffset = store.minOffset(systemTopics.TIMER_WHEEL, 0)
  const first = await store.get({ topic: systemTopics.TIMER_WHEEL, queueId: 0, offset: queueOffset, maxMessages: 1 })
  const [record] = first.records
  const deliveredFrom = record === undefined ? store.state.dispatchedOffset : decodeRecord(record, 0).physicalOffset
  return { readSecond: Math.floor(clock.now() / 1_000), queueOffset, deliveredFrom }
}

/** Whether a record is a delivery, of the record at `preparedOffset`. The first record of a log is at 0, as if there were none. */
function isDelivery(properties: string, preparedOffset: number): boolean {
  if (propertyOf(properties, propertyNames.TIMER_OUT_MS) === undefined) return false
  return preparedOffset > 0 || propertyOf(properties, propertyNames.TIMER_DEQUEUE_MS) !== undefined
}
