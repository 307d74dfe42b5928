import { type Clock, type FileSystem, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { systemTopics } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import type { TimerUnit } from '@cometmq/store/timer'
import type { BrokerOptions } from '../options.ts'
import type { TimerDelivery } from './timer-delivery.ts'

export interface TimersParts {
  store: MessageStore
  options: Pick<BrokerOptions, 'timerLogFileBytes' | 'timerRollWindowSec' | 'configDirectory'>
  /** The store's root. */
  directory: string
  /** How long the log keeps messages. RocketMQ: fileReservedTime. */
  reservedMs: number
  files: FileSystem
  clock: Clock
  logger: Logger
}

export interface TimerFigures {
  readonly behind: number
  readonly lateMs: number
  readonly noted: number
  readonly delivered: number
}

/** What could not be opened, or started, is tried again after this. */
const retryMs = 1_000

/** Messages that wait for a time of their own. A broker that never had one loads nothing for it. */
export class Timers {
  readonly #parts: TimersParts
  #delivery: TimerDelivery | undefined
  #opening: Promise<void> | undefined
  #retry: Timer | undefined
  #isStarted = false
  #isClosed = false

  constructor(parts: TimersParts) {
    this.#parts = parts
  }

  /** Goes on with what waits. Rejects when the files of timers cannot be used. */
  async start(): Promise<void> {
    if (this.#parts.store.maxOffset(systemTopics.TIMER_WHEEL, 0) === 0) return
    await this.#open()
    this.arrived()
  }

  /** There is a new message in the queue of timers. */
  arrived(): void {
    if (this.#isClosed || this.#retry !== undefined) return
    if (this.#isStarted) return this.#delivery!.arrived()
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = undefined
      this.#delivery?.arrived()
    })
  }

  /** How many messages wait for that second, as far as it is known. */
  countAt(second: number): number {
    return this.#delivery?.countAt(second) ?? 0
  }

  /** Messages that are not noted yet, how late deliveries are, and how many were noted and delivered since the start. */
  get figures(): TimerFigures {
    const { behind = 0, lateMs = 0, noted = 0, delivered = 0 } = this.#delivery ?? {}
    return { behind, lateMs, noted, delivered }
  }

  /** How many messages wait: looks at all seconds of the wheel. */
  get waiting(): number {
    return this.#delivery?.waiting ?? 0
  }

  /** Calls `onUnit` with all that waits: reads the whole timer log. */
  async eachWaiting(onUnit: (unit: TimerUnit) => void): Promise<void> {
    await this.#delivery?.eachWaiting(onUnit)
  }

  /** The length of the timer log. */
  get logBytes(): number {
    return this.#delivery?.logBytes ?? 0
  }

  /** How far timers are, in the form of Apache's `timercheck`: 56 bytes. `undefined` when there never was one. */
  checkPoint(): Buffer | undefined {
    return this.#delivery?.checkPoint()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#retry?.cancel()
    await this.#opening
    await this.#delivery?.close()
  }

  async #begin(): Promise<void> {
    try {
      if (this.#delivery === undefined) await this.#open()
      if (this.#isClosed) return
      await this.#delivery!.start()
      this.#isStarted = true
    } catch (error) {
      const { clock, logger } = this.#parts
      logger.error({ reason: messageOf(error) }, 'timers are not delivered; trying again')
      this.#retry = clock.after(retryMs, () => {
        this.#retry = undefined
        this.arrived()
      })
    }
  }

  async #open(): Promise<void> {
    const { options, directory, reservedMs, ...world } = this.#parts
    const { TimerDelivery } = await import('./timer-delivery.ts')
    this.#delivery = await TimerDelivery.open({
      ...world,
      directory,
      checkpointPath: `${options.configDirectory}/timercheck`,
      fileBytes: options.timerLogFileBytes,
      rollWindowMs: Math.min(options.timerRollWindowSec * 1_000, Math.floor((reservedMs * 2) / 3)),
    })
  }
}
