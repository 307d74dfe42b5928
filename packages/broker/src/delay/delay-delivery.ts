import {
  type Clock,
  type FileSystem,
  isOutOfSpace,
  type Logger,
  messageOf,
  readReplaceable,
  type Timer,
} from '@cometmq/platform'
import { type DataVersion, type DelayOffsetsFile, delayOffsetsFile } from '@cometmq/protocol/bodies'
import { decodeRecord, propertyNames, propertyOf, type StoredMessage, systemTopics } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { ConfigFile } from '../config-file.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

/** Messages of a level that are read at once. */
const batchMessages = 32
/** After a failed delivery the same message is tried again. */
const retryMs = 1_000
/** How often the offsets are written. RocketMQ: `flushDelayOffsetInterval`. */
const saveMs = 10_000
/** A timer does not wait longer than this, so that a clock that is set forward is noticed. */
const longestWaitMs = 60_000

/**
 * Delivers the messages of SCHEDULE_TOPIC_XXXX when their delay is over. A level is a queue in which messages fall due in their order, so only its first
 * message is looked at: a million waiting messages cost what one costs. How far each level is, is kept in `delayOffset.json`; after a crash the
 * messages delivered since it was last written are delivered again. Source: ScheduleMessageService of Apache RocketMQ.
 */
export class DelayDelivery {
  readonly #levels: DelayLevel[]
  readonly #file: ConfigFile
  readonly #store: MessageStore
  readonly #saving: Timer
  readonly #logger: Logger
  /** The file as it was found, for what another broker has put there besides. */
  readonly #stored: DelayOffsetsFile | undefined
  #dataVersion: DataVersion
  /** What the file may hold: offsets behind messages whose delivery is durable. */
  #covered: Buffer
  #delivered = 0
  #savedDelivered = 0

  static async load(
    path: string,
    delaysMs: readonly number[],
    store: MessageStore,
    world: World,
  ): Promise<DelayDelivery> {
    const stored = await readReplaceable(world.files, path, (content) => delayOffsetsFile.decode(content))
    return new DelayDelivery(path, delaysMs, store, stored, world)
  }

  private constructor(
    path: string,
    delaysMs: readonly number[],
    store: MessageStore,
    stored: DelayOffsetsFile | undefined,
    world: World,
  ) {
    this.#store = store
    this.#stored = stored
    this.#logger = world.logger
    this.#dataVersion = stored?.dataVersion ?? { counter: 0, stateVersion: 0, timestamp: world.clock.now() }
    this.#levels = delaysMs.map((delayMs, index) => {
      const onDelivered = () => void this.#delivered++
      return new DelayLevel({
        queueId: index,
        delayMs,
        nextOffset: stored?.offsetTable.get(index + 1) ?? 0,
        store,
        onDelivered,
        ...world,
      })
    })
    this.#covered = this.#encode()
    this.#file = new ConfigFile(path, () => this.#covered, world)
    this.#saving = world.clock.every(saveMs, () => {
      this.save().catch((error: unknown) => {
        // Of a full disk the file has told, once.
        if (isOutOfSpace(error)) return
        world.logger.error({ path, reason: messageOf(error) }, 'the offsets of delayed messages were not written')
      })
    })
  }

  start(): void {
    for (const level of this.#levels) level.wake()
  }

  /** Of each level that has delivered: the offset of the message to be delivered next, and the one behind the last. */
  progress(): { level: number; nextOffset: number; maxOffset: number }[] {
    return [...this.#offsets()].map(([level, nextOffset]) => {
      return { level, nextOffset, maxOffset: this.#store.maxOffset(systemTopics.SCHEDULE, level - 1) }
    })
  }

  /** A message can be read in the queue of a level. */
  arrived(queueId: number): void {
    this.#levels[queueId]?.wake()
  }

  async save(): Promise<void> {
    const delivered = this.#delivered
    if (delivered === this.#savedDelivered) return
    this.#dataVersion = { ...this.#dataVersion, counter: this.#dataVersion.counter + 1 }
    // Taken before the sync: what is delivered meanwhile may not be covered by it, and would be lost with the offset behind it.
    const content = this.#encode()
    await this.#store.sync()
    this.#covered = content
    await this.#file.save()
    this.#savedDelivered = delivered
  }

  async close(): Promise<void> {
    this.#saving.cancel()
    await Promise.all(this.#levels.map((level) => level.close()))
    await this.save().catch((error: unknown) =>
      this.#logger.error({ reason: messageOf(error) }, 'the offsets of delayed messages were not written'),
    )
    await this.#file.settle()
  }

  #encode(): Buffer {
    return delayOffsetsFile.encode({
      ...this.#stored,
      dataVersion: this.#dataVersion,
      offsetTable: this.#offsets(),
    })
  }

  /** Those of levels that are not configured here stay as they were found. */
  #offsets(): Map<number, number> {
    const offsets = new Map(this.#stored?.offsetTable)
    for (const { queueId, nextOffset } of this.#levels) {
      if (nextOffset > 0 || offsets.has(queueId + 1)) offsets.set(queueId + 1, nextOffset)
    }
    return offsets
  }
}

interface LevelDeps extends World {
  queueId: number
  delayMs: number
  nextOffset: number
  store: MessageStore
  onDelivered: () => void
}

/** One level: asleep, waiting for its first message to fall due, or delivering. */
class DelayLevel {
  readonly queueId: number
  nextOffset: number
  readonly #deps: LevelDeps
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  /** A message came while the last look was ending. */
  #wakeAgain = false
  #closed = false

  constructor(deps: LevelDeps) {
    this.#deps = deps
    this.queueId = deps.queueId
    this.nextOffset = deps.nextOffset
  }

  /** Looks at the first message, unless that is under way or timed already. */
  wake(): void {
    if (this.#closed || this.#timer !== undefined) return
    if (this.#running !== undefined) {
      this.#wakeAgain = true
      return
    }
    this.#wakeAgain = false
    this.#running = this.#deliverDue()
      .catch((error: unknown) => {
        this.#deps.logger.error(
          { level: this.queueId + 1, offset: this.nextOffset, reason: messageOf(error) },
          'a delayed message was not delivered; trying again',
        )
        return retryMs
      })
      .then((waitMs) => {
        this.#running = undefined
        if (waitMs !== undefined) this.#sleep(waitMs)
        else if (this.#wakeAgain) this.wake()
      })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  #sleep(waitMs: number): void {
    if (this.#closed) return
    this.#timer = this.#deps.clock.after(Math.min(waitMs, longestWaitMs), () => {
      this.#timer = undefined
      this.wake()
    })
  }

  /** Delivers what is due; resolves to the milliseconds until the next message is, `undefined` when there is none. */
  async #deliverDue(): Promise<number | undefined> {
    const { store, clock } = this.#deps
    while (!this.#closed) {
      const result = await store.get({
        topic: systemTopics.SCHEDULE,
        queueId: this.queueId,
        offset: this.nextOffset,
        maxMessages: batchMessages,
      })
      if (result.status !== 'FOUND') {
        // An offset behind the end is moved back to it: otherwise the messages that come there next would be passed over.
        if (result.nextBeginOffset === this.nextOffset) return undefined
        this.nextOffset = result.nextBeginOffset
        continue
      }
      for (const record of result.records) {
        const message = decodeRecord(record, 0)
        const waitMs = message.storeTimestamp + this.#deps.delayMs - clock.now()
        // A clock that was set back must not make a message wait longer than its delay.
        if (waitMs > 0 && waitMs <= this.#deps.delayMs) return waitMs
        if (this.#closed) return undefined
        await this.#deliver(message)
        this.nextOffset = message.queueOffset + 1
        this.#deps.onDelivered()
      }
    }
    return undefined
  }

  async #deliver(message: StoredMessage): Promise<void> {
    const { properties, flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, body } = message
    const topic = propertyOf(properties, propertyNames.REAL_TOPIC)
    const queueId = Number(propertyOf(properties, propertyNames.REAL_QID))
    if (topic === undefined || !Number.isInteger(queueId) || queueId < 0) {
      this.#deps.logger.error(
        { level: this.queueId + 1, offset: message.queueOffset },
        'skipped a delayed message: it does not say where it belongs',
      )
      return
    }
    if (topic === systemTopics.TRANS_HALF) {
      this.#deps.logger.error(
        { level: this.queueId + 1, offset: message.queueOffset },
        "skipped the half message of a transaction: Apache's broker delays those with a delay level, and discards them too",
      )
      return
    }
    const copy = {
      topic,
      queueId,
      properties,
      flag,
      sysFlag,
      bornTimestamp,
      bornHost,
      reconsumeTimes,
      body: Buffer.from(body),
    }
    await this.#deps.store.put({
      ...copy,
      preparedTransactionOffset: message.preparedTransactionOffset,
      waitStored: true,
    })
  }
}
