import {
  type Clock,
  type FileSystem,
  isOutOfSpace,
  type Logger,
  messageOf,
  readReplaceable,
  type Timer,
} from '@cometmq/platform'
import { RecordCopy } from '@cometmq/protocol'
import { type DataVersion, type DelayOffsetsFile, delayOffsetsFile } from '@cometmq/protocol/bodies'
import { systemTopics } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { ConfigFile } from '../config-file.ts'
import { DelayLevel } from './delay-level.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

/** How often the offsets are written. RocketMQ: `flushDelayOffsetInterval`. */
const saveMs = 10_000

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
    const copy = new RecordCopy({ without: [], notWith: [] })
    this.#levels = delaysMs.map((delayMs, index) => {
      const onDelivered = () => void this.#delivered++
      return new DelayLevel({
        queueId: index,
        delayMs,
        nextOffset: stored?.offsetTable.get(index + 1) ?? 0,
        store,
        copy,
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
