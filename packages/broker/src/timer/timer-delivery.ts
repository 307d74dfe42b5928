import { type Clock, isOutOfSpace, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { decodeRecord, propertyNames, propertyOf, systemTopics } from '@cometmq/protocol/message'
import { type MessageStore, StoreError } from '@cometmq/store'
import { type TimerProgress, TimerStore, type TimerStoreParts, type TimerUnit, timerBits } from '@cometmq/store/timer'
import { DueHeap } from './due-heap.ts'
import { OpenSeconds } from './open-seconds.ts'
import { TimerIntake } from './timer-intake.ts'
import { delivered, rolled } from './timer-messages.ts'
import { type Upcoming, UpcomingTimers } from './upcoming.ts'

export interface TimerDeliveryParts extends Omit<TimerStoreParts, 'queueOffsetOf'> {
  store: MessageStore
  clock: Clock
  logger: Logger
  rollWindowMs: number
}

/** Seconds are loaded from the timer log so long before they begin. */
const loadAheadSeconds = 3
/** While so many messages of near seconds are in memory no further second is loaded; one second can bring more, up to timerCongestNumEachSlot. */
const enoughLoaded = 262_144
/** Deliveries that are not stored yet; the next ones wait. */
const maxUnderWay = 4_096
/** Deliveries in one turn of the event loop; others have theirs before the next ones. */
const maxInTurn = 256
/** A delivery that the store refuses is tried again after this. */
const retryMs = 100
/** How often progress is written. RocketMQ: timerFlushIntervalMs. */
const checkpointMs = 1_000
/** How often files of the timer log are looked at that may go. */
const cleanMs = 30_000
/** A timer of ours does not wait longer, so that a clock that is set forward is noticed. */
const longestWaitMs = 60_000

/**
 * Delivers messages that wait for a time of their own. Where they are in the log is noted in the timer log, by second; of the next two seconds it is in memory, and of the next
 * moments the messages themselves. How far it is, is written every second; what was delivered behind that is found in the commit log, since a delivered message names
 * the record that it was: a restart delivers none twice and loses none.
 *
 * Source: TimerMessageStore of Apache RocketMQ.
 */
export class TimerDelivery {
  readonly #parts: TimerDeliveryParts
  readonly #timers: TimerStore
  readonly #seconds: OpenSeconds
  readonly #intake: TimerIntake
  readonly #upcoming: UpcomingTimers
  /** Records of which a delivery was found in the log, while their seconds may come up again. */
  readonly #known: Set<number>
  /** Until the read second is behind it, deliveries can be as far back in the log as when the broker started. */
  readonly #before: { second: number; deliveredFrom: number }
  #isAfterApache: boolean
  #isRunning = false
  #isClosed = false
  #underWay = 0
  #allSettled: (() => void) | undefined
  #timer: Timer | undefined
  #timerAtMs = Number.POSITIVE_INFINITY
  #pauseUntilMs = 0
  #loading: Promise<void> | undefined
  #checkpointTimer: Timer | undefined
  #checkpoint: Promise<void> | undefined
  #isChanged = false
  #lastCleanMs = 0
  #isTellingOfFailure = true
  delivered = 0

  /** Finds what is on disk, and what of it is delivered. */
  static async open(parts: TimerDeliveryParts): Promise<TimerDelivery> {
    const { store, clock } = parts
    const queueOffsetOf = async (physicalOffset: number) => {
      const record = await store.recordAt(physicalOffset)
      const message = record === undefined ? undefined : decodeRecord(record, 0)
      return message?.topic === systemTopics.TIMER_WHEEL ? message.queueOffset : undefined
    }
    const { timers, progress } = await TimerStore.open({ ...parts, queueOffsetOf })
    try {
      const start = progress ?? (await firstProgress(parts))
      const known = new Set<number>()
      if (start.deliveredFrom !== undefined)
        await store.walk(start.deliveredFrom, (_topic, properties, _flags, _offset, _storedAt, preparedOffset) => {
          if (isDelivery(properties, preparedOffset)) known.add(preparedOffset)
        })
      const logEnd = store.state.dispatchedOffset
      const second = Math.max(start.readSecond, Math.floor(clock.now() / 1_000)) + 1
      return new TimerDelivery(parts, timers, start, known, { second, deliveredFrom: start.deliveredFrom ?? logEnd })
    } catch (error) {
      await timers.close()
      throw error
    }
  }

  private constructor(
    parts: TimerDeliveryParts,
    timers: TimerStore,
    start: TimerProgress,
    known: Set<number>,
    before: { second: number; deliveredFrom: number },
  ) {
    this.#parts = parts
    this.#timers = timers
    this.#known = known
    this.#before = before
    this.#isAfterApache = start.deliveredFrom === undefined
    const { store, clock, logger, rollWindowMs } = parts
    const seconds = new OpenSeconds(start.readSecond)
    this.#seconds = seconds
    this.#upcoming = new UpcomingTimers({
      store,
      clock,
      logger,
      onRead: () => this.#turn(),
      onGone: (second) => void seconds.at(second).waiting--,
    })
    this.#intake = new TimerIntake(
      {
        ...{ store, timers, seconds, rollWindowMs, clock, logger },
        admit: (second, unit, key, dueMs) => this.#admit(second, unit, key, dueMs),
        onProgress: () => {
          this.#changed()
          this.#turn()
        },
      },
      start.queueOffset,
    )
  }

  /** Notes all that is in the queue, and begins to deliver. */
  async start(): Promise<void> {
    // What is on disk stays true until the next checkpoint, but an Apache broker's does not say where deliveries of ours begin.
    if (this.#isAfterApache) await this.#writeProgress()
    this.#isAfterApache = false
    await this.#intake.takeAll()
    this.#isRunning = true
    this.#turn()
  }

  /** There is a new message in the queue of timers. */
  arrived(): void {
    if (this.#isRunning) this.#intake.wake()
  }

  /** How many messages wait for that second. */
  countAt(second: number): number {
    return this.#timers.countAt(second)
  }

  /** Messages of the queue that are not noted yet. */
  get behind(): number {
    return this.#intake.behind
  }

  /** How late deliveries are, in milliseconds. */
  get lateMs(): number {
    return Math.max(0, this.#parts.clock.now() - this.#seconds.read * 1_000 - 1_000)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#checkpointTimer?.cancel()
    await this.#intake.close()
    await this.#loading
    await this.#upcoming.close()
    if (this.#underWay > 0) await new Promise<void>((resolve) => void (this.#allSettled = resolve))
    await this.#checkpoint
    try {
      if (this.#isRunning) await this.#leaveForOthers()
      await this.#writeProgress()
    } catch (error) {
      this.#parts.logger.error(
        { reason: messageOf(error) },
        'the progress of timers was not written: what was delivered is looked for in the log at the next start',
      )
    }
    await this.#timers.close()
  }

  /** Does what is due, and sees to it that the next is done in time. */
  #turn(): void {
    if (!this.#isRunning || this.#isClosed) return
    const nowMs = this.#parts.clock.now()
    this.#loadNear(nowMs)
    this.#upcoming.readAhead()
    if (nowMs >= this.#pauseUntilMs) this.#deliverDue(nowMs)
    this.#seconds.advance(Math.floor(nowMs / 1_000))
    if (this.#known.size > 0 && this.#seconds.read > this.#before.second) this.#known.clear()
    this.#arm(nowMs)
  }

  #arm(nowMs: number): void {
    const near = this.#timers.next(this.#seconds.loaded + 1)
    const loadMs =
      near === undefined || this.#loading !== undefined || this.#isFull
        ? Number.POSITIVE_INFINITY
        : (near - loadAheadSeconds) * 1_000
    const isBusy = this.#underWay >= maxUnderWay
    const upcomingMs = isBusy ? Number.POSITIVE_INFINITY : Math.max(this.#upcoming.nextMs, this.#pauseUntilMs)
    const atMs = Math.max(Math.min(loadMs, upcomingMs, nowMs + longestWaitMs), nowMs + 1)
    const isIdle = near === undefined && this.#upcoming.size === 0 && this.#underWay === 0
    if (isIdle || (this.#timer !== undefined && this.#timerAtMs <= atMs)) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    this.#timer = this.#parts.clock.after(atMs - nowMs, () => {
      this.#timer = undefined
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.#turn()
    })
  }

  get #isFull(): boolean {
    return this.#upcoming.size >= enoughLoaded
  }

  /** Loads the seconds that are near, one after the other. */
  #loadNear(nowMs: number): void {
    if (this.#loading !== undefined) return
    const until = Math.floor(nowMs / 1_000) + loadAheadSeconds
    while (this.#seconds.loaded < until && !this.#isFull) {
      const next = Math.min(this.#timers.next(this.#seconds.loaded + 1) ?? until + 1, until + 1)
      // Nothing waits for those between.
      this.#seconds.loaded = next - 1
      if (next > until) return
      this.#seconds.loaded = next
      const open = this.#seconds.at(next)
      open.isLoading = true
      this.#loading = this.#load(next).then(
        () => {
          open.isLoading = false
          this.#loading = undefined
          this.#turn()
        },
        (error: unknown) => {
          this.#parts.logger.error(
            { second: next, reason: messageOf(error) },
            'timers of a second were not loaded; trying again',
          )
          this.#parts.clock.after(retryMs * 10, () => {
            if (this.#isClosed) return
            this.#loading = undefined
            this.#seconds.loaded = Math.min(this.#seconds.loaded, next - 1)
            this.#turn()
          })
        },
      )
      return
    }
  }

  /** What takes messages back comes first; then the messages, with turns for others between. */
  async #load(second: number): Promise<void> {
    const messages = new DueHeap()
    const recalls: TimerUnit[] = []
    for await (const unit of this.#timers.units(second)) {
      if (isRecall(unit)) recalls.push(unit)
      else messages.push(unit, unit.dueMs, second)
    }
    recalls.sort((a, b) => a.physicalOffset - b.physicalOffset)
    const records = await this.#parts.store.recordsAt(recalls)
    for (const [index, unit] of recalls.entries()) {
      const record = records[index]
      const key =
        record === undefined
          ? undefined
          : propertyOf(decodeRecord(record, 0).properties, propertyNames.TIMER_DEL_UNIQKEY)
      this.#admit(second, unit, key)
    }
    let previous = -1
    let inTurn = 0
    for (let next = messages.pop(); next !== undefined; next = messages.pop()) {
      // Apache's broker may note a message twice when it is started again.
      if (next.unit.physicalOffset !== previous) this.#admit(second, next.unit, undefined)
      previous = next.unit.physicalOffset
      if (++inTurn % maxInTurn === 0) await new Promise<void>((resolve) => this.#parts.clock.endOfTick(resolve))
    }
  }

  #admit(second: number, unit: TimerUnit, key: string | undefined, dueMs = unit.dueMs): void {
    if (this.#known.has(unit.physicalOffset)) return
    const open = this.#seconds.at(second)
    if (isRecall(unit)) {
      if (key !== undefined) open.recalled.add(key)
      open.recalls.push(unit)
      return
    }
    open.waiting++
    this.#upcoming.push(unit, dueMs, second)
  }

  #deliverDue(nowMs: number): void {
    for (let inTurn = 0; inTurn < maxInTurn && this.#underWay < maxUnderWay; inTurn++) {
      const upcoming = this.#upcoming.take(nowMs)
      if (upcoming === undefined) return
      const open = this.#seconds.at(upcoming.second)
      if (open.recalled.size > 0 && isTakenBack(upcoming, open.recalled)) {
        open.waiting--
        this.#changed()
        continue
      }
      open.deliveredFrom ??= this.#parts.store.state.appendedOffset
      this.#underWay++
      this.#deliver(upcoming, nowMs).then(
        () => {
          open.waiting--
          this.delivered++
          this.#settled()
        },
        (error: unknown) => {
          this.#failed(upcoming, error)
          this.#settled()
        },
      )
    }
  }

  async #deliver(upcoming: Upcoming, nowMs: number): Promise<void> {
    const { store, logger } = this.#parts
    const isRoll = (upcoming.unit.bits & timerBits.ROLL) !== 0
    const message = isRoll ? rolled(upcoming.message, nowMs) : delivered(upcoming.message, upcoming.unit, nowMs)
    if (message === undefined) {
      logger.error(
        { physicalOffset: upcoming.unit.physicalOffset },
        'skipped a timer: it does not say where it belongs',
      )
      return
    }
    try {
      await store.put(message)
    } catch (error) {
      if (!isForGood(error)) throw error
      // It has no room for what a delivery adds: without that.
      await store.put({ ...message, properties: upcoming.message.properties }).catch((again: unknown) => {
        if (!isForGood(again)) throw again
        logger.error(
          { physicalOffset: upcoming.unit.physicalOffset, topic: message.topic, reason: messageOf(again) },
          'a timer is dropped: the store will never take its message',
        )
      })
    }
  }

  #failed(upcoming: Upcoming, error: unknown): void {
    const { clock, logger } = this.#parts
    this.#upcoming.giveBack(upcoming)
    this.#pauseUntilMs = clock.now() + retryMs
    if (this.#isTellingOfFailure)
      logger.warn({ reason: messageOf(error) }, 'timers that are due are not delivered; trying again')
    this.#isTellingOfFailure = false
  }

  #settled(): void {
    this.#underWay--
    this.#changed()
    if (this.#underWay > 0) return
    this.#allSettled?.()
    if (this.#pauseUntilMs <= this.#parts.clock.now()) this.#isTellingOfFailure = true
    this.#turn()
  }

  /** Progress is to be written. */
  #changed(): void {
    this.#isChanged = true
    if (this.#checkpointTimer !== undefined || this.#isClosed) return
    this.#checkpointTimer = this.#parts.clock.after(checkpointMs, () => {
      this.#checkpointTimer = undefined
      this.#checkpoint ??= this.#writeProgress()
        .then(() => this.#clean())
        .catch((error: unknown) => {
          this.#isChanged = true
          // Of a full disk the store tells.
          if (!isOutOfSpace(error))
            this.#parts.logger.error(
              { reason: messageOf(error) },
              'the progress of timers was not written; trying again',
            )
        })
        .finally(() => {
          this.#checkpoint = undefined
          if (this.#isChanged) this.#changed()
        })
    })
  }

  #writeProgress(): Promise<void> {
    const { store, clock } = this.#parts
    this.#isChanged = false
    this.#seconds.advance(Math.floor(clock.now() / 1_000))
    const end = store.state.appendedOffset
    const from = this.#seconds.deliveredFrom(end)
    const isBefore = this.#seconds.read <= this.#before.second
    const progress = {
      readSecond: this.#seconds.read,
      queueOffset: this.#intake.nextOffset,
      deliveredFrom: isBefore ? Math.min(from, this.#before.deliveredFrom) : from,
    }
    return this.#timers.checkpoint(progress, () => store.sync())
  }

  async #clean(): Promise<void> {
    const { store, clock } = this.#parts
    if (clock.monotonicMs() - this.#lastCleanMs < cleanMs) return
    this.#lastCleanMs = clock.monotonicMs()
    await this.#timers.removeBefore(store.state.minPhysicalOffset)
  }

  /**
   * Lets only what is not delivered wait for the seconds that are being delivered, so that an Apache broker, which cannot tell, does not deliver the rest again. It goes on in the queue behind the message of
   * the last unit: that is the last one that was noted.
   */
  async #leaveForOthers(): Promise<void> {
    const { store, clock } = this.#parts
    const left = new Map<number, TimerUnit[]>()
    for (const [second, { deliveredFrom, recalls }] of this.#seconds.entries()) {
      if (deliveredFrom !== undefined || this.#known.size > 0) left.set(second, [...recalls])
    }
    if (left.size === 0) return
    for (const { unit, second } of this.#upcoming.units()) {
      // Its own second, also when it is due a moment later.
      const dueMs = Math.min(unit.dueMs, second * 1_000 + 999)
      left.get(second)?.push({ ...unit, dueMs, writtenMs: Math.min(unit.writtenMs, dueMs) })
    }
    for (const [second, units] of left) {
      units.sort((a, b) => a.physicalOffset - b.physicalOffset)
      this.#timers.replace(second, units)
    }
    this.#seconds.advance(Math.floor(clock.now() / 1_000) + 1)
    const last = await store.get({
      topic: systemTopics.TIMER_WHEEL,
      queueId: 0,
      offset: this.#intake.nextOffset - 1,
      maxMessages: 1,
    })
    const [record] = last.records
    if (record === undefined) return
    const { physicalOffset, size } = decodeRecord(record, 0)
    const past = (this.#seconds.read - 1) * 1_000
    this.#timers.add(this.#seconds.read - 1, {
      bits: timerBits.ALWAYS,
      writtenMs: past,
      dueMs: past,
      physicalOffset,
      size,
      topicHash: 0,
    })
  }
}

/** Where timers begin that were never delivered here: at the first message of their queue. */
async function firstProgress({ store, clock }: TimerDeliveryParts): Promise<TimerProgress> {
  const queueOffset = store.minOffset(systemTopics.TIMER_WHEEL, 0)
  const first = await store.get({ topic: systemTopics.TIMER_WHEEL, queueId: 0, offset: queueOffset, maxMessages: 1 })
  const [record] = first.records
  const deliveredFrom = record === undefined ? store.state.dispatchedOffset : decodeRecord(record, 0).physicalOffset
  return { readSecond: Math.floor(clock.now() / 1_000), queueOffset, deliveredFrom }
}

/** Whether the unit takes a message back. One that is to be appended again does so when its time has come. */
const isRecall = ({ bits }: TimerUnit) => (bits & timerBits.DELETE) !== 0 && (bits & timerBits.ROLL) === 0

/** Whether a record is a delivery, of the record at `preparedOffset`. The first record of a log is at 0, as if there were none. */
function isDelivery(properties: string, preparedOffset: number): boolean {
  if (propertyOf(properties, propertyNames.TIMER_OUT_MS) === undefined) return false
  return preparedOffset > 0 || propertyOf(properties, propertyNames.TIMER_DEQUEUE_MS) !== undefined
}

/** Up to 5.3 an Apache broker puts the topic before the key. */
function isTakenBack({ uniqKey, message }: Upcoming, recalled: ReadonlySet<string>): boolean {
  return recalled.has(uniqKey) || recalled.has(`${propertyOf(message.properties, propertyNames.REAL_TOPIC)}${uniqKey}`)
}

/** Whether the store will never take the message: to try again would hold up all that are behind it. */
const isForGood = (error: unknown) =>
  error instanceof StoreError && (error.code === 'STORE_MESSAGE_ILLEGAL' || error.code === 'STORE_PROPERTIES_TOO_LONG')
