import { type Clock, type FileSystem, type Logger, readReplaceable } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { type DataVersion, type TopicConfig, type TopicsFile, topicsFile } from '@cometmq/protocol/bodies'
import { liteQueuePrefix, permission } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import { ConfigFile } from '../config-file.ts'
import { brokerLimits } from '../limits.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

/**
 * The broker's topics, kept in `topics.json`. A change is durable before `put` resolves: a message may be acknowledged only when its topic
 * outlives the process too.
 */
export class TopicTable {
  /** Called after each change with the topics that changed, without any when some were removed, and waited for. */
  onChange: ((topics: TopicConfig[] | undefined) => Promise<void>) | undefined
  readonly #topics: Map<string, TopicConfig>
  readonly #file: ConfigFile
  readonly #clock: Clock
  readonly #hasLightQueues: boolean
  /** The file as it was found, for what another broker has put there besides. */
  readonly #stored: TopicsFile | undefined
  #dataVersion: DataVersion
  #announcedVersion: DataVersion

  /** Reads the table; what the file says goes before the built-in topics. */
  static async load(
    path: string,
    builtIn: TopicConfig[],
    options: { lightQueues: boolean },
    world: World,
  ): Promise<TopicTable> {
    const stored = await readReplaceable(world.files, path, (content) => topicsFile.decode(content))
    return new TopicTable(path, builtIn, options, stored, world)
  }

  private constructor(
    path: string,
    builtIn: TopicConfig[],
    options: { lightQueues: boolean },
    stored: TopicsFile | undefined,
    world: World,
  ) {
    this.#clock = world.clock
    this.#hasLightQueues = options.lightQueues
    this.#topics = new Map(builtIn.map((topic) => [topic.topicName, topic]))
    for (const [name, topic] of Object.entries(stored?.topicConfigTable ?? {})) this.#topics.set(name, topic)
    this.#stored = stored
    this.#dataVersion = stored?.dataVersion ?? { counter: 0, stateVersion: 0, timestamp: world.clock.now() }
    this.#announcedVersion = this.#dataVersion
    this.#file = new ConfigFile(path, () => this.#encode(), world)
  }

  get dataVersion(): DataVersion {
    return this.#dataVersion
  }

  /** That of the last change that was announced; changes that are not durable yet have later ones. */
  get announcedVersion(): DataVersion {
    return this.#announcedVersion
  }

  get size(): number {
    return this.#topics.size
  }

  /** A light queue (`%LMQ%…`) is a topic of one queue that need not be created. */
  get(name: string): TopicConfig | undefined {
    const topic = this.#topics.get(name)
    if (topic !== undefined || !this.#hasLightQueues || !name.startsWith(liteQueuePrefix)) return topic
    return lightQueue(name)
  }

  /** Whether the queues of the topic are of type BatchCQ, which is for good. */
  hasBatchQueues(name: string): boolean {
    return this.#topics.get(name)?.attributes['queue.type'] === 'BatchCQ'
  }

  all(): IterableIterator<TopicConfig> {
    return this.#topics.values()
  }

  /** Creates or replaces topics; resolves when that is durable. When it cannot be made so, they are as before. */
  async put(...topics: TopicConfig[]): Promise<void> {
    this.#refuseTooMany(topics)
    const before = topics.map(({ topicName }) => this.#topics.get(topicName))
    for (const topic of topics) this.#topics.set(topic.topicName, topic)
    this.#moveVersion()
    try {
      await this.#file.save()
    } catch (error) {
      for (const [i, topic] of topics.entries()) this.#takeBack(topic, before[i])
      throw error
    }
    await this.#announce(topics)
  }

  /** Removes topics, in the turn of the call; resolves when that is durable. When it cannot be made so, they are there again. */
  async remove(names: readonly string[]): Promise<void> {
    const removed = names.flatMap((name) => this.#topics.get(name) ?? [])
    if (removed.length === 0) return
    for (const { topicName } of removed) this.#topics.delete(topicName)
    this.#moveVersion()
    try {
      await this.#file.save()
    } catch (error) {
      for (const topic of removed) if (!this.#topics.has(topic.topicName)) this.#topics.set(topic.topicName, topic)
      throw error
    }
    await this.#announce(undefined)
  }

  /** Says all topics anew to whom it concerns: what they are for clients has changed besides the table. */
  async reannounce(): Promise<void> {
    this.#moveVersion()
    await this.#file.save()
    await this.#announce(undefined)
  }

  /** Under a version that nothing was told under before: whoever knows it takes what comes with it again for no news. */
  #announce(topics: TopicConfig[] | undefined): Promise<void> | undefined {
    if (this.#dataVersion === this.#announcedVersion) this.#moveVersion()
    this.#announcedVersion = this.#dataVersion
    return this.onChange?.(topics)
  }

  #moveVersion(): void {
    this.#dataVersion = { ...this.#dataVersion, counter: this.#dataVersion.counter + 1, timestamp: this.#clock.now() }
  }

  #refuseTooMany(topics: readonly TopicConfig[]): void {
    const added = topics.filter(({ topicName }) => !this.#topics.has(topicName))
    if (this.#topics.size + added.length <= brokerLimits.topics || added.length === 0) return
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `this broker has ${this.#topics.size} topics, and its limit is ${brokerLimits.topics}; delete unused topics before creating ${added[0]?.topicName}`,
    )
  }

  /** Unless somebody has changed the topic again meanwhile. */
  #takeBack(topic: TopicConfig, before: TopicConfig | undefined): void {
    if (this.#topics.get(topic.topicName) !== topic) return
    if (before === undefined) this.#topics.delete(topic.topicName)
    else this.#topics.set(topic.topicName, before)
  }

  /** Waits for what is being written. */
  close(): Promise<void> {
    return this.#file.settle()
  }

  #encode(): Buffer {
    const topicConfigTable = Object.fromEntries(this.#topics)
    return topicsFile.encode({ ...this.#stored, dataVersion: this.#dataVersion, topicConfigTable })
  }
}

function lightQueue(topicName: string): TopicConfig {
  return {
    topicName,
    readQueueNums: 1,
    writeQueueNums: 1,
    perm: permission.READ | permission.WRITE,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
  }
}
