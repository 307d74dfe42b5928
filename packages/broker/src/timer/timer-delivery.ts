import { type Clock, type Logger, messageOf } from '@cometmq/platform'
import { decodeRecord, propertyNames, propertyOf, systemTopics } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { type TimerProgress, TimerStore, type TimerStoreParts, type TimerUnit, timerBits } from '@cometmq/store/timer'
import { DuePuts } from './due-puts.ts'
import { EarlierDeliveries, firstProgress } from './earlier-deliveries.ts'
import { leaveForOthers } from './leave-for-others.ts'
import { NextTurn } from './next-turn.ts'
import { isRecall, OpenSeconds } from './open-seconds.ts'
import { ProgressWriter } from './progress-writer.ts'
import { SecondLoader } from './second-loader.ts'
import { TimerIntake } from './timer-intake.ts'
import { type Upcoming, UpcomingTimers } from './upcoming.ts'

export interface TimerDeliveryParts extends Omit<TimerStoreParts, 'queueOffsetOf'> {
  store: MessageStore
  clock: Clock
  logger: Logger
  rollWindowMs: number
}

/** While so many messages of near seconds are in memory no further second is loaded; one second can bring more, up to timerCongestNumEachSlot. */
const enoughLoaded = 262_144
/** Deliveries that are not stored yet; the next ones wait. */
const maxUnderWay = 4_096
/** Deliveries in one turn of the event loop; others have theirs before the next ones. */
const maxInTurn = 256

/**
 * Delivers messages that wait for a time of their own. Where they are in the log is noted in the timer log, by second; of the next three seconds it is in memory, and of the next
 * one the messages themselves. How far it is, is written every second; what was delivered behind that is found in the commit log, since a delivered message names
 * the record that it was: a restart delivers none twice and loses none.
 *
 * Source: TimerMessageStore of Apache RocketMQ.
 */
export class TimerDelivery {
  readonly #parts: TimerDeliveryParts
  readonly #timers: TimerStore
  readonly #seconds: OpenSeconds
  readonly #earlier: EarlierDeliveries
  readonly #intake: TimerIntake
  readonly #loader: SecondLoader
  readonly #upcoming: UpcomingTimers
  readonly #puts: DuePuts
  readonly #progress: ProgressWriter
  readonly #nextTurn: NextTurn
  #isAfterApache: boolean
  #isRunning = false
  #isClosed = false
  #underWay = 0
  #allSettled: (() => void) | undefined
  #isTellingOfFailure = true
  /** Since the broker was started. */
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
      const start = progress ?? (await firstProgress(store, clock))
      return new TimerDelivery(parts, timers, start, await EarlierDeliveries.find(store, clock, start))
    } catch (error) {
      await timers.close()
      throw error
    }
  }

  private constructor(parts: TimerDeliveryParts, timers: TimerStore, start: TimerProgress, earlier: EarlierDeliveries) {
    const { store, clock, logger, rollWindowMs } = parts
    const seconds = new OpenSeconds(start.readSecond)
    const common = { store, timers, seconds, clock, logger }
    this.#parts = parts
    this.#timers = timers
    this.#seconds = seconds
    this.#earlier = earlier
    this.#isAfterApache = start.deliveredFrom === undefined
    this.#nextTurn = new NextTurn(clock, () => this.#turn())
    this.#progress = new ProgressWriter({ ...common, earlier, queueOffset: () => this.#intake.nextOffset })
    this.#upcoming = new UpcomingTimers({
      store,
      clock,
      logger,
      onRead: () => this.#turn(),
      onGone: (second) => {
        seconds.at(second).waiting--
        this.#progress.changed()
      },
    })
    this.#puts = new DuePuts({
      store,
      logger,
      onPut: (upcoming) => this.#delivered(upcoming),
      onFailed: (upcoming, error) => this.#failed(upcoming, error),
    })
    this.#loader = new SecondLoader({
      ...common,
      isFull: () => this.#upcoming.size >= enoughLoaded,
      admit: (second, unit, key) => this.#admit(second, unit, key, unit.dueMs),
      onLoaded: () => this.#turn(),
    })
    const onProgress = () => {
      this.#progress.changed()
      this.#turn()
    }
    const admit = (second: number, unit: TimerUnit, key: string | undefined, dueMs: number) =>
      this.#admit(second, unit, key, dueMs)
    this.#intake = new TimerIntake({ ...common, rollWindowMs, admit, onProgress }, start.queueOffset)
  }

  /** Notes all that is in the queue, and begins to deliver. */
  async start(): Promise<void> {
    // What is on disk stays true until the next checkpoint, but an Apache broker's does not say where deliveries of ours begin.
    if (this.#isAfterApache) await this.#progress.write()
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

  /** How many messages wait, those of the second that is being delivered all among them. */
  get waiting(): number {
    return this.#timers.countFrom(this.#seconds.read)
  }

  /** Messages that were noted since the broker was started. */
  get noted(): number {
    return this.#intake.noted
  }

  /** Messages of the queue that are not noted yet. */
  get behind(): number {
    return this.#intake.behind
  }

  /** Calls `onUnit` with all that waits; recalls are not among it. Rejects when the timer log cannot be read. */
  eachWaiting(onUnit: (unit: TimerUnit) => void): Promise<void> {
    // Without anything that waits nobody has done so since the last delivery.
    this.#seconds.advance(this.#nowSecond)
    const fromMs = this.#seconds.read * 1_000
    return this.#timers.scan((unit) => {
      if (unit.dueMs >= fromMs && (unit.bits & timerBits.DELETE) === 0) onUnit(unit)
    })
  }

  /** The length of the timer log. */
  get logBytes(): number {
    return this.#timers.logBytes
  }

  /** How far it is, as a slave is told it. */
  checkPoint(): Buffer {
    const second = this.#nowSecond
    this.#seconds.advance(second)
    return this.#timers.checkpointFor(Math.min(this.#timers.next(this.#seconds.read) ?? second, second))
  }

  get #nowSecond(): number {
    return Math.floor(this.#parts.clock.now() / 1_000)
  }

  /** How late the next delivery is, in milliseconds. */
  get lateMs(): number {
    return Math.max(0, this.#parts.clock.now() - this.#upcoming.firstDueMs)
  }

  async close(): Promise<void> {
    const { store, clock, logger } = this.#parts
    this.#isClosed = true
    this.#nextTurn.cancel()
    await this.#intake.close()
    await this.#loader.close()
    await this.#upcoming.close()
    if (this.#underWay > 0) await new Promise<void>((resolve) => void (this.#allSettled = resolve))
    await this.#progress.close()
    try {
      if (this.#isRunning)
        await leaveForOthers({
          ...{ store, timers: this.#timers, seconds: this.#seconds, nowMs: clock.now() },
          queueOffset: this.#intake.nextOffset,
          units: this.#upcoming.units(),
          hasEarlier: !this.#earlier.isEmpty,
        })
      await this.#progress.write()
    } catch (error) {
      logger.error(
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
    this.#loader.loadNear(nowMs)
    this.#upcoming.readAhead()
    if (nowMs >= this.#nextTurn.notBeforeMs(nowMs)) this.#deliverDue(nowMs)
    this.#seconds.advance(Math.floor(nowMs / 1_000))
    this.#earlier.forget(this.#seconds.read)
    this.#arm(nowMs)
  }

  #arm(nowMs: number): void {
    const isBusy = this.#underWay >= maxUnderWay
    // What is under way ends with a turn.
    const deliverMs = isBusy
      ? Number.POSITIVE_INFINITY
      : Math.max(this.#upcoming.nextMs, this.#nextTurn.notBeforeMs(nowMs))
    this.#nextTurn.at(Math.min(this.#loader.nextMs, deliverMs), nowMs)
  }

  #admit(second: number, unit: TimerUnit, key: string | undefined, dueMs: number): void {
    if (this.#earlier.has(unit.physicalOffset)) return
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
      if (upcoming === undefined) {
        if (inTurn > 0) this.#nextTurn.pause(nowMs)
        return
      }
      const open = this.#seconds.at(upcoming.second)
      if (open.recalled.size > 0 && isTakenBack(upcoming, open.recalled)) {
        open.waiting--
        this.#progress.changed()
        continue
      }
      open.deliveredFrom ??= this.#parts.store.state.appendedOffset
      this.#underWay++
      this.#puts.put(upcoming, nowMs)
    }
  }

  #delivered({ second }: Upcoming): void {
    this.#seconds.at(second).waiting--
    this.delivered++
    this.#settled()
  }

  #failed(upcoming: Upcoming, error: unknown): void {
    this.#upcoming.giveBack(upcoming)
    this.#nextTurn.retryLater()
    if (this.#isTellingOfFailure)
      this.#parts.logger.warn({ reason: messageOf(error) }, 'timers that are due are not delivered; trying again')
    this.#isTellingOfFailure = false
    this.#settled()
  }

  #settled(): void {
    this.#underWay--
    this.#progress.changed()
    if (this.#underWay > 0) return
    this.#allSettled?.()
    if (!this.#nextTurn.waitsToRetry) this.#isTellingOfFailure = true
    this.#turn()
  }
}

/** Up to 5.3 an Apache broker puts the topic before the key. */
function isTakenBack({ record }: Upcoming, recalled: ReadonlySet<string>): boolean {
  const { properties } = decodeRecord(record, 0)
  const uniqKey = propertyOf(properties, propertyNames.UNIQ_KEY) ?? ''
  return recalled.has(uniqKey) || recalled.has(`${propertyOf(properties, propertyNames.REAL_TOPIC)}${uniqKey}`)
}
