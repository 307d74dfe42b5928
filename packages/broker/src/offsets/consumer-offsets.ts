import {
  type Clock,
  type FileSystem,
  isOutOfSpace,
  type Logger,
  messageOf,
  readReplaceable,
  type Timer,
} from '@cometmq/platform'
import {
  consumerOffsetsFile,
  type DataVersion,
  type LightOffsetsFile,
  lightOffsetsFile,
} from '@cometmq/protocol/bodies'
import { liteQueuePrefix } from '@cometmq/protocol/message'
import { ConfigFile } from '../config-file.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

export interface OffsetOptions {
  offsetFlushMs: number
  lightQueues: boolean
}

/** Commits after which the data version moves. RocketMQ: `consumerOffsetUpdateVersionStep`. */
const versionStep = 500

/**
 * Committed offsets: for a topic, a group and a queue the next message to consume. In memory, written to `consumerOffset.json` every few
 * seconds, and only after the store has made durable what they count: an offset on disk is never ahead of the messages on disk.
 */
export class ConsumerOffsets {
  /** By `topic@group`, then by queue. */
  readonly #offsets: Map<string, Map<number, number>>
  readonly #hasLightQueues: boolean
  readonly #file: ConfigFile
  readonly #logger: Logger
  readonly #syncStore: () => Promise<void>
  readonly #timer: Timer
  /** The file as it was found, for what another broker has put there besides. */
  readonly #stored: LightOffsetsFile | undefined
  #dataVersion: DataVersion
  /** What the file may hold: offsets of messages that are durable. */
  #covered: Buffer
  #commits = 0
  #savedCommits = 0

  /**
   * Reads `consumerOffset.json` in `directory`; with light queues `lmqConsumerOffset.json`, as Apache RocketMQ does. When that is not there yet, the offsets of
   * the time before are taken over, which Apache RocketMQ does not do.
   */
  static async load(
    directory: string,
    options: OffsetOptions,
    syncStore: () => Promise<void>,
    world: World,
  ): Promise<ConsumerOffsets> {
    const plainPath = `${directory}/consumerOffset.json`
    const lightPath = `${directory}/lmqConsumerOffset.json`
    const light = options.lightQueues
      ? await readReplaceable(world.files, lightPath, (content) => lightOffsetsFile.decode(content))
      : undefined
    const stored =
      light ?? (await readReplaceable(world.files, plainPath, (content) => consumerOffsetsFile.decode(content)))
    return new ConsumerOffsets(options.lightQueues ? lightPath : plainPath, options, stored, syncStore, world)
  }

  private constructor(
    path: string,
    options: OffsetOptions,
    stored: LightOffsetsFile | undefined,
    syncStore: () => Promise<void>,
    world: World,
  ) {
    this.#logger = world.logger
    this.#syncStore = syncStore
    this.#stored = stored
    this.#offsets = stored?.offsetTable ?? new Map()
    this.#hasLightQueues = options.lightQueues
    for (const [key, offset] of stored?.lmqOffsetTable ?? []) this.#offsets.set(key, new Map([[0, offset]]))
    this.#dataVersion = stored?.dataVersion ?? { counter: 0, stateVersion: 0, timestamp: world.clock.now() }
    this.#covered = this.#encode()
    this.#file = new ConfigFile(path, () => this.#covered, world)
    this.#timer = world.clock.every(options.offsetFlushMs, () => {
      this.save().catch((error: unknown) => {
        // Of a full disk the file has told, once.
        if (isOutOfSpace(error)) return
        this.#logger.error(
          { path, reason: messageOf(error) },
          'committed offsets were not written; the next try is in a few seconds',
        )
      })
    })
  }

  get(group: string, topic: string, queueId: number): number | undefined {
    return this.#offsets.get(keyOf(group, topic))?.get(this.#isLight(group) ? 0 : queueId)
  }

  commit(group: string, topic: string, queueId: number, offset: number): void {
    const key = keyOf(group, topic)
    if (this.#isLight(group)) queueId = 0
    let queues = this.#offsets.get(key)
    if (queues === undefined) this.#offsets.set(key, (queues = new Map()))
    if (queues.get(queueId) === offset) return
    queues.set(queueId, offset)
    this.#commits++
    if (this.#commits % versionStep === 0)
      this.#dataVersion = { ...this.#dataVersion, counter: this.#dataVersion.counter + 1 }
  }

  /** The groups that have an offset in the topic. */
  groupsOf(topic: string): string[] {
    const prefix = keyOf('', topic)
    return [...this.#offsets.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  }

  /** The topics in which the group has an offset. */
  topicsOf(group: string): string[] {
    const suffix = `@${group}`
    return [...this.#offsets.keys()].filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length))
  }

  /** Every group that has an offset, with its topics. */
  topicsByGroup(): Map<string, string[]> {
    const topics = new Map<string, string[]>()
    for (const key of this.#offsets.keys()) {
      const group = groupIn(key)
      const topic = key.slice(0, key.length - group.length - 1)
      const known = topics.get(group)
      if (known === undefined) topics.set(group, [topic])
      else known.push(topic)
    }
    return topics
  }

  /** The offsets of a group in a topic, by queue. */
  queuesOf(group: string, topic: string): ReadonlyMap<number, number> | undefined {
    return this.#offsets.get(keyOf(group, topic))
  }

  /** Forgets the offsets of a group in all topics. */
  removeGroup(group: string): void {
    for (const topic of this.topicsOf(group)) this.#remove(group, topic)
  }

  /** Forgets the offsets of all groups in the topic. */
  removeTopic(topic: string): void {
    for (const group of this.groupsOf(topic)) this.#remove(group, topic)
  }

  /** Writes what has changed since the last time; resolves when it is durable. */
  async save(): Promise<void> {
    const commits = this.#commits
    if (commits === this.#savedCommits) return
    // Taken before the sync: what is committed meanwhile may count messages that the sync does not cover.
    const content = this.#encode()
    await this.#syncStore()
    this.#covered = content
    await this.#file.save()
    this.#savedCommits = commits
  }

  async close(): Promise<void> {
    this.#timer.cancel()
    await this.save()
    await this.#file.settle()
  }

  #remove(group: string, topic: string): void {
    this.#offsets.delete(keyOf(group, topic))
    this.#stored?.pullOffsetTable?.delete(keyOf(group, topic))
    this.#commits++
  }

  /** A group named `%LMQ%…` has one offset in a topic, whatever the queue. */
  #isLight(group: string): boolean {
    return this.#hasLightQueues && group.startsWith(liteQueuePrefix)
  }

  #encode(): Buffer {
    const dataVersion = this.#dataVersion
    if (!this.#hasLightQueues)
      return consumerOffsetsFile.encode({ ...this.#stored, dataVersion, offsetTable: this.#offsets })
    const offsetTable = new Map<string, Map<number, number>>()
    const lmqOffsetTable = new Map<string, number>()
    for (const [key, queues] of this.#offsets) {
      const offset = key.includes(`@${liteQueuePrefix}`) ? queues.get(0) : undefined
      if (offset === undefined) offsetTable.set(key, queues)
      else lmqOffsetTable.set(key, offset)
    }
    return lightOffsetsFile.encode({ ...this.#stored, dataVersion, offsetTable, lmqOffsetTable })
  }
}

const keyOf = (group: string, topic: string) => `${topic}@${group}`
/** Names of topics and groups have no `@`. */
const groupIn = (key: string) => key.slice(key.indexOf('@') + 1)
