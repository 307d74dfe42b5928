import { messageOf, type Timer } from '@cometmq/platform'
import { chooseCleaning, type Situation } from './cleaning-rules.ts'
import type { DiskReading, DiskSpace } from './disk-space.ts'
import { usedPercent } from './disk-use.ts'
import { LogCleaner, type LogCleanerParts, type LogCleanerSettings } from './log-cleaner.ts'
import type { FollowsLog } from './queue-cleaner.ts'

/** When the store is first looked over after it was opened. Source: Apache RocketMQ. */
const firstRoundMs = 60_000
/** A request to clean counts for so many rounds. Source: Apache RocketMQ. */
const roundsPerRequest = 20

export interface RetentionSettings extends LogCleanerSettings {
  /** Milliseconds between two rounds. */
  readonly cleanResourceInterval: number
  readonly replicasPerDiskPartition: number
}

export interface RetentionParts extends Omit<LogCleanerParts, 'settings'> {
  settings: RetentionSettings
  disk: DiskSpace
  /** Consume queues, key index: what follows the log, in this order. */
  followers: readonly FollowsLog[]
  /** Bytes that the store takes of its disk; asked only with several replicas on one disk. */
  storeBytes: () => Promise<number>
}

/**
 * Keeps the store as small as its settings say: looks every cleanResourceInterval at the disk, the hour and the age of files, removes files of the
 * log, and then what names records that are gone. One timer, one round at a time. A round that fails is logged, and the next one tries again.
 */
export class Retention {
  readonly #parts: RetentionParts
  readonly #log: LogCleaner
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  #round: Promise<void> | undefined
  #manualRounds = 0
  /** Where the log began when the followers were last told. */
  #followedTo = -1

  constructor(parts: RetentionParts) {
    this.#parts = parts
    this.#log = new LogCleaner(parts)
  }

  start(): void {
    this.#timer ??= this.#parts.clock.after(firstRoundMs, () => this.cleanSoon())
  }

  /** Begins a round now unless one is under way. */
  cleanSoon(): void {
    if (this.#round !== undefined || this.#abort.signal.aborted) return
    this.#timer?.cancel()
    this.#round = this.#clean().finally(() => {
      this.#round = undefined
      if (this.#abort.signal.aborted) return
      this.#timer = this.#parts.clock.after(this.#parts.settings.cleanResourceInterval, () => this.cleanSoon())
    })
  }

  /** Files that are old enough are removed within the next 20 rounds, whatever the hour. Source: `executeDeleteFilesManually` of Apache RocketMQ. */
  cleanOnRequest(): void {
    this.#manualRounds = roundsPerRequest
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#abort.abort()
    this.#timer?.cancel()
    await this.#round
  }

  async #clean(): Promise<void> {
    const { disk, settings, logger } = this.#parts
    try {
      const cleaning = chooseCleaning(await this.#situation(await disk.look()), settings)
      if (this.#manualRounds > 0) this.#manualRounds--
      const removed = cleaning === undefined ? 0 : await this.#log.clean(cleaning, this.#abort.signal)
      if (!this.#abort.signal.aborted) await this.#letFollow()
      if (removed > 0) await disk.look()
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'removing old files failed; the next round tries again')
    }
  }

  async #letFollow(): Promise<void> {
    const { sequence, followers } = this.#parts
    const { first } = sequence
    if (first === undefined || first <= this.#followedTo) return
    for (const follower of followers) await follower.removeBefore(first)
    this.#followedTo = first
  }

  async #situation(reading: DiskReading | undefined): Promise<Situation> {
    const { clock, settings, storeBytes } = this.#parts
    const hour = new Date(clock.now()).getHours()
    const isManual = this.#manualRounds > 0
    if (reading === undefined) return { hour, isManual, logPercent: undefined, queuesPercent: undefined }
    const percents = { logPercent: usedPercent(reading.log), queuesPercent: usedPercent(reading.queues) }
    const replicas = settings.replicasPerDiskPartition
    if (replicas <= 1) return { hour, isManual, ...percents }
    const sharePercent = ((await storeBytes()) * 100 * replicas) / reading.log.totalBytes
    return { hour, isManual, ...percents, sharePercent }
  }
}
