import {
  type Clock,
  type DiskUsage,
  type FileSystem,
  FileSystemError,
  type Logger,
  messageOf,
  systemCodeOf,
  type Timer,
} from '@cometmq/platform'
import { StoreError } from '../error.ts'
import { describeUse, usedPercent } from './disk-use.ts'

/** How often a disk is looked at while messages are refused for its sake. */
const lookAgainMs = 1_000

/** `room`: messages are taken. `above-limit`: more is used than diskSpaceWarningLevelRatio. `full`: a write found no room. */
export type DiskState = 'room' | 'above-limit' | 'full'

/** What the disks of the log and of the consume queues, which can be one, say of themselves. */
export interface DiskReading {
  readonly log: DiskUsage
  readonly queues: DiskUsage
}

export interface DiskSpaceParts {
  files: FileSystem
  clock: Clock
  logger: Logger
  commitLog: string
  consumeQueues: string
  /** More than so much used, in percent, and messages are refused. */
  warningPercent: number
}

export interface DiskSpaceListener {
  /** Messages are refused from now on: something should be removed. */
  onRefusing: () => void
  /** Does what found no room before; answers whether it worked. */
  retry: () => Promise<boolean>
}

/**
 * Whether the disk has room for messages. It has none when a write has failed for want of it, and none to spare when more is used than the limit.
 * Both end by themselves: the disk is looked at every second until there is room and everything that waited has been written.
 */
export class DiskSpace {
  readonly #parts: DiskSpaceParts
  #reading: DiskReading | undefined
  /** The write that found no room. */
  #failure: unknown
  #aboveLimit: string | undefined
  #refusal: string | undefined
  #listener: DiskSpaceListener | undefined
  #timer: Timer | undefined
  #isLooking = false
  #isClosed = false

  constructor(parts: DiskSpaceParts) {
    this.#parts = parts
  }

  get state(): DiskState {
    if (this.#failure !== undefined) return 'full'
    return this.#aboveLimit === undefined ? 'room' : 'above-limit'
  }

  /** Why no message is accepted now. */
  get refusal(): StoreError | undefined {
    if (this.#refusal === undefined) return undefined
    return new StoreError('STORE_DISK_FULL', this.#refusal, { cause: this.#failure, retriable: true })
  }

  /** The last one; `undefined` when the system does not tell. */
  get reading(): DiskReading | undefined {
    return this.#reading
  }

  listen(listener: DiskSpaceListener): void {
    this.#listener = listener
    if (this.#refusal === undefined) return
    this.#lookLater()
    listener.onRefusing()
  }

  /** A write has found no room. */
  failed(error: unknown): void {
    const isNew = this.#failure === undefined
    this.#failure = error
    this.#judge()
    if (!isNew) return
    this.#parts.logger.error({ error: messageOf(error) }, `${this.#refusal}`)
    this.#lookLater()
    this.#listener?.onRefusing()
  }

  /** Looks at the disks, and refuses messages or takes them again by what they say. */
  async look(): Promise<DiskReading | undefined> {
    const { files, logger, commitLog, consumeQueues } = this.#parts
    try {
      this.#reading = { log: await files.usage(commitLog), queues: await files.usage(consumeQueues) }
    } catch (error) {
      if (this.#reading !== undefined || this.#aboveLimit !== undefined)
        logger.warn({ error: messageOf(error) }, 'the use of the disk is not known')
      this.#reading = undefined
    }
    const before = this.state
    this.#aboveLimit = this.#findAboveLimit()
    this.#judge()
    if (before === 'room' && this.state === 'above-limit') this.#beganRefusing()
    if (before === 'above-limit' && this.state === 'room') this.#endedRefusing()
    return this.#reading
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #beganRefusing(): void {
    this.#parts.logger.error({ state: this.state }, `${this.#refusal}`)
    this.#lookLater()
    this.#listener?.onRefusing()
  }

  #endedRefusing(): void {
    const reading = this.#reading
    const use = reading === undefined ? 'its use is not known' : describeUse(reading.log)
    this.#parts.logger.info(
      { commitLog: this.#parts.commitLog },
      `the disk has room again, ${use}: messages are accepted`,
    )
  }

  #lookLater(): void {
    if (this.#timer !== undefined || this.#isLooking || this.#isClosed) return
    this.#timer = this.#parts.clock.after(lookAgainMs, () => {
      this.#timer = undefined
      void this.#lookAgain()
    })
  }

  async #lookAgain(): Promise<void> {
    this.#isLooking = true
    await this.look()
    if (this.#failure !== undefined && this.#aboveLimit === undefined) await this.#retry()
    this.#isLooking = false
    if (this.#refusal !== undefined) this.#lookLater()
  }

  async #retry(): Promise<void> {
    const failure = this.#failure
    // Another write may have failed while others were tried again.
    if (!(await this.#listener?.retry()) || this.#failure !== failure) return
    this.#failure = undefined
    this.#judge()
    if (this.#refusal === undefined) this.#endedRefusing()
  }

  #findAboveLimit(): string | undefined {
    const { commitLog, consumeQueues, warningPercent } = this.#parts
    if (this.#reading === undefined) return undefined
    if (usedPercent(this.#reading.log) > warningPercent) return commitLog
    return usedPercent(this.#reading.queues) > warningPercent ? consumeQueues : undefined
  }

  #judge(): void {
    const { warningPercent } = this.#parts
    const limit = `limit ${warningPercent} % (diskSpaceWarningLevelRatio)`
    const advice = `consumers are still served, and messages are accepted again by themselves once the disk has room: remove something, or keep messages for a shorter time (fileReservedTime)`
    if (this.#failure !== undefined) {
      const path = this.#failure instanceof FileSystemError ? this.#failure.path : this.#parts.commitLog
      this.#refusal = `the disk of ${path} is full (${systemCodeOf(this.#failure)})${this.#use(path)}, ${limit}; ${advice}`
    } else if (this.#aboveLimit !== undefined) {
      this.#refusal = `the disk of ${this.#aboveLimit} is full${this.#use(this.#aboveLimit)}, ${limit}; ${advice}`
    } else this.#refusal = undefined
  }

  #use(path: string): string {
    if (this.#reading === undefined) return ''
    const isQueues = path.startsWith(this.#parts.consumeQueues)
    return `: ${describeUse(isQueues ? this.#reading.queues : this.#reading.log)}`
  }
}
