import { type Clock, type FileSystem, type Logger, messageOf, readReplaceable, replaceFile } from '@cometmq/platform'
import { StoreError } from '../error.ts'
import {
  decodeTimerCheckpoint,
  encodeTimerCheckpoint,
  type TimerCheckpoint,
  toldCheckpoint,
} from '../format/timer-checkpoint.ts'
import { timerWheelBytes } from '../format/timer-slot.ts'
import { type TimerUnit, timerBits } from '../format/timer-unit.ts'
import { TimerLog } from './timer-log.ts'
import { TimerWheel } from './timer-wheel.ts'

export interface TimerStoreParts {
  files: FileSystem
  clock: Clock
  logger: Logger
  /** The store's root: `timerwheel` and `timerlog/` lie there. */
  directory: string
  checkpointPath: string
  /** RocketMQ: mappedFileSizeTimerLog. */
  fileBytes: number
  /** The offset in the queue of timers of the message that has this record; `undefined` when it is not there. */
  queueOffsetOf: (physicalOffset: number) => Promise<number | undefined>
}

/** How far timers were when the files were written last. */
export interface TimerProgress {
  /** All that was due in earlier seconds is delivered. */
  readonly readSecond: number
  /** Messages of the queue before it are in the timer log. */
  readonly queueOffset: number
  /** Where in the commit log deliveries of later seconds can be. `undefined`: an Apache broker was last, whose deliveries cannot be told. */
  readonly deliveredFrom: number | undefined
}

/**
 * Which messages wait for which second, on disk in Apache's format: units in the timer log, chained by second, the wheel that has the ends of the chains, and a checkpoint. All of it
 * is derived from the queue of timers, and only what the checkpoint says counts: what was written behind it is made again.
 */
export class TimerStore {
  readonly #parts: TimerStoreParts
  readonly #log: TimerLog
  readonly #wheel: TimerWheel
  /** What the file says. */
  #checkpoint: Buffer | undefined
  #counter: number
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(parts: TimerStoreParts, log: TimerLog, wheel: TimerWheel, found: TimerCheckpoint | undefined) {
    this.#parts = parts
    this.#log = log
    this.#wheel = wheel
    this.#checkpoint = found && encodeTimerCheckpoint(found, parts.clock.now())
    this.#counter = found?.counter ?? 0
  }

  /** Finds what is there and makes it whole. `progress` is absent when there is nothing. */
  static async open(parts: TimerStoreParts): Promise<{ timers: TimerStore; progress: TimerProgress | undefined }> {
    const { files, logger, directory, fileBytes, checkpointPath } = parts
    const checkpoint = await readCheckpoint(parts)
    const log = await TimerLog.find(files, logger, `${directory}/timerlog`, fileBytes)
    const wheel = new TimerWheel(files, directory)
    const misfit = await wheel.load(checkpoint?.readSecond ?? 0)
    if (misfit !== undefined)
      throw new StoreError(
        'STORE_OPEN_FAILED',
        `${wheel.path} has ${misfit} bytes, and a timer wheel has ${timerWheelBytes}: remove it with ${checkpointPath}, and it is made again from the queue of timers`,
      )
    const timers = new TimerStore(parts, log, wheel, checkpoint)
    try {
      return { timers, progress: await timers.#recover(checkpoint) }
    } catch (error) {
      await log.close()
      throw error
    }
  }

  /** Whether a message of this second finds the place of another lap of the wheel. */
  isTaken(second: number, readSecond: number): boolean {
    return this.#wheel.isTaken(second, readSecond)
  }

  /** How many messages wait for that second. */
  countAt(second: number): number {
    return this.#wheel.get(second)?.count ?? 0
  }

  /** How many messages wait for the second `from` and later ones. It looks at all seconds: for who asks seldom. */
  countFrom(from: number): number {
    return this.#wheel.total(from)
  }

  /** The first second from `second` on for which something waits. */
  next(second: number): number | undefined {
    return this.#wheel.next(second)
  }

  /** Goes through the whole timer log, as it was when this was called, from file to file and not from second to second: for who wants all of it. */
  async scan(onUnit: (unit: TimerUnit) => void): Promise<void> {
    await this.write()
    await this.#log.scan(this.#log.start, (_, unit) => onUnit(unit))
  }

  /** The length of the timer log. */
  get logBytes(): number {
    return this.#log.end - this.#log.start
  }

  /** The last checkpoint as a slave is told it, with the second before which all is delivered as it is now. */
  checkpointFor(readSecond: number): Buffer {
    return toldCheckpoint(this.#checkpoint, readSecond)
  }

  /** Too much waits to be written: `write` first. */
  get isCrowded(): boolean {
    return this.#log.isCrowded
  }

  add(second: number, unit: TimerUnit): void {
    const slot = this.#wheel.get(second)
    const position = this.#log.append(unit, slot?.last ?? -1)
    const change = (unit.bits & timerBits.DELETE) !== 0 ? 0 : 1
    this.#wheel.put({ second, first: slot?.first ?? position, last: position, count: (slot?.count ?? 0) + change })
  }

  /** Lets only `units` wait for the second. */
  replace(second: number, units: readonly TimerUnit[]): void {
    this.#wheel.put({ second, first: -1, last: -1, count: 0 })
    for (const unit of units) this.add(second, unit)
  }

  /** What waited for the second when this was called, the newest first. */
  units(second: number): AsyncGenerator<TimerUnit> {
    return this.#log.chain(this.#wheel.get(second)?.last ?? -1)
  }

  /** Writes the units that are in memory alone; nothing is durable by that. */
  write(): Promise<void> {
    return this.#inTurn(() => this.#log.write())
  }

  /**
   * Makes all that was added before the call durable, and then says so. `makeDurable` has to see to the commit log first: nothing here may outlive the records that it names, and
   * no time may count as read whose deliveries are not durable.
   */
  checkpoint(progress: TimerProgress, makeDurable: () => Promise<void>): Promise<void> {
    const { files, clock, checkpointPath } = this.#parts
    const checkpoint: TimerCheckpoint = { ...progress, logEnd: this.#log.end, counter: ++this.#counter }
    const content = encodeTimerCheckpoint(checkpoint, clock.now())
    const changes = this.#wheel.takeChanges(progress.readSecond)
    return this.#inTurn(async () => {
      try {
        await makeDurable()
        await this.#log.write()
        await this.#log.sync()
        // The wheel leads into the log, and never behind what is durable of it.
        await this.#wheel.write(changes)
      } catch (error) {
        this.#wheel.giveBack(changes)
        throw error
      }
      await replaceFile(files, checkpointPath, content)
      this.#checkpoint = content
    })
  }

  /** Removes files of the timer log whose messages the commit log does not have any more. */
  removeBefore(minPhysicalOffset: number): Promise<void> {
    return this.#inTurn(() => this.#log.removeExpired((unit) => unit.physicalOffset < minPhysicalOffset))
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#log.close()
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#writing.then(work)
    this.#writing = turn.catch(() => undefined)
    return turn
  }

  async #recover(checkpoint: TimerCheckpoint | undefined): Promise<TimerProgress | undefined> {
    const { logger, clock, checkpointPath } = this.#parts
    if (checkpoint === undefined || checkpoint.logEnd > Math.max(this.#log.capacity, this.#log.start)) {
      if (checkpoint !== undefined)
        logger.error(
          { path: checkpointPath, logEnd: checkpoint.logEnd },
          'the timer log is shorter than its checkpoint says; it is made again from the queue of timers',
        )
      await this.#log.cut(this.#log.start)
      this.#wheel.clear()
      this.#checkpoint = undefined
      return undefined
    }
    if (checkpoint.deliveredFrom === undefined) return this.#recoverApaches(checkpoint)
    const isBack = await this.#takeBack(checkpoint.logEnd)
    if (isBack) await this.#wheel.write(this.#wheel.takeChanges(checkpoint.readSecond))
    await this.#log.cut(checkpoint.logEnd)
    const { readSecond, queueOffset, deliveredFrom } = checkpoint
    logger.debug({ readSecond, queueOffset, at: clock.now() }, 'timers go on')
    return { readSecond, queueOffset, deliveredFrom }
  }

  /** Leads chains back to before `logEnd` whose ends were written after the checkpoint. Answers whether there were any. */
  async #takeBack(logEnd: number): Promise<boolean> {
    let isChanged = false
    for (const slot of [...this.#wheel.slots()]) {
      if (slot.last < logEnd) continue
      let { last, count } = slot
      while (last >= logEnd) {
        const previous = await this.#log.previousOf(last)
        if (previous === undefined || previous >= last)
          throw new StoreError(
            'STORE_CORRUPT',
            `the timer log has no unit at ${last}, where the timer wheel leads: remove ${this.#parts.checkpointPath}, and both are made again; timers may then be delivered twice`,
          )
        last = previous
        count = Math.max(0, count - 1)
      }
      this.#wheel.put(last < 0 ? { second: slot.second, first: -1, last: -1, count: 0 } : { ...slot, last, count })
      isChanged = true
    }
    return isChanged
  }

  /** An Apache broker writes wheel and log without an order, and more than its checkpoint says: its units tell where chains end, and how far it was in the queue. */
  async #recoverApaches(checkpoint: TimerCheckpoint): Promise<TimerProgress> {
    const { fileBytes, queueOffsetOf } = this.#parts
    let lastPhysicalOffset: number | undefined
    const end = await this.#log.scan(Math.max(0, checkpoint.logEnd - fileBytes), (position, unit) => {
      const second = Math.floor(unit.dueMs / 1000)
      lastPhysicalOffset = unit.physicalOffset
      if (second < checkpoint.readSecond) return
      const slot = this.#wheel.get(second)
      if (slot === undefined) this.#wheel.put({ second, first: position, last: position, count: 1 })
      else if (slot.last < position) this.#wheel.put({ ...slot, last: position, count: slot.count + 1 })
    })
    await this.#log.cut(end)
    for (const slot of [...this.#wheel.slots()]) {
      if (slot.last >= end) this.#wheel.put({ ...slot, first: -1, last: -1, count: 0 })
    }
    const known = lastPhysicalOffset === undefined ? undefined : await queueOffsetOf(lastPhysicalOffset)
    const queueOffset = known === undefined ? checkpoint.queueOffset : known + 1
    this.#parts.logger.info(
      { end, queueOffset, readSecond: checkpoint.readSecond },
      'the timers of an Apache broker go on',
    )
    return { readSecond: checkpoint.readSecond, queueOffset, deliveredFrom: undefined }
  }
}

async function readCheckpoint({
  files,
  checkpointPath,
  logger,
}: TimerStoreParts): Promise<TimerCheckpoint | undefined> {
  try {
    return await readReplaceable(files, checkpointPath, decodeTimerCheckpoint)
  } catch (error) {
    throw new StoreError(
      'STORE_CORRUPT',
      `${checkpointPath} cannot be read: ${messageOf(error)}; remove it, and timers are made again from their queue; some may then be delivered twice`,
      { cause: error },
    )
  } finally {
    logger.debug({ path: checkpointPath }, 'looked for timers')
  }
}
