import { type Clock, type FileSystem, type Logger, readReplaceable } from '@cometmq/platform'
import {
  type DataVersion,
  type SubscriptionGroupConfig,
  type SubscriptionGroupsFile,
  subscriptionGroupDefaults,
  subscriptionGroupsFile,
} from '@cometmq/protocol/bodies'
import { liteQueuePrefix } from '@cometmq/protocol/message'
import { ConfigFile } from '../config-file.ts'
import { brokerLimits } from '../limits.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

export interface GroupOptions {
  autoCreateGroup: boolean
  /** Groups named `%LMQ%…` exist without being created. */
  lightQueues: boolean
}

/** Groups that exist from the start. Source: a fresh Apache RocketMQ 5.5.0 broker. */
const builtInGroups = [
  'TOOLS_CONSUMER',
  'FILTERSRV_CONSUMER',
  'SELF_TEST_C_GROUP',
  'CID_ONS-HTTP-PROXY',
  'CID_ONSAPI_PULL',
  'CID_ONSAPI_PERMISSION',
  'CID_ONSAPI_OWNER',
  'CID_RMQ_SYS_TRANS',
]

/** The settings of consumer groups, kept in `subscriptionGroup.json`. */
export class SubscriptionGroups {
  readonly #groups = new Map<string, SubscriptionGroupConfig>()
  readonly #forbidden: Record<string, Record<string, number>>
  readonly #file: ConfigFile
  readonly #clock: Clock
  readonly #autoCreate: boolean
  readonly #hasLightQueues: boolean
  /** The file as it was found, for what another broker has put there besides. */
  readonly #stored: SubscriptionGroupsFile | undefined
  #dataVersion: DataVersion

  static async load(path: string, options: GroupOptions, world: World): Promise<SubscriptionGroups> {
    const stored = await readReplaceable(world.files, path, (content) => subscriptionGroupsFile.decode(content))
    return new SubscriptionGroups(path, options, stored, world)
  }

  private constructor(path: string, options: GroupOptions, stored: SubscriptionGroupsFile | undefined, world: World) {
    this.#clock = world.clock
    this.#autoCreate = options.autoCreateGroup
    this.#hasLightQueues = options.lightQueues
    for (const name of builtInGroups) this.#groups.set(name, subscriptionGroupDefaults(name))
    for (const [name, group] of Object.entries(stored?.subscriptionGroupTable ?? {})) this.#groups.set(name, group)
    this.#stored = stored
    this.#forbidden = stored?.forbiddenTable ?? {}
    this.#dataVersion = stored?.dataVersion ?? { counter: 0, stateVersion: 0, timestamp: world.clock.now() }
    this.#file = new ConfigFile(path, () => this.#encode(), world)
  }

  get dataVersion(): DataVersion {
    return this.#dataVersion
  }

  get(name: string): SubscriptionGroupConfig | undefined {
    const group = this.#groups.get(name)
    if (group !== undefined || !this.#hasLightQueues || !name.startsWith(liteQueuePrefix)) return group
    return subscriptionGroupDefaults(name)
  }

  all(): IterableIterator<SubscriptionGroupConfig> {
    return this.#groups.values()
  }

  /** The group's settings; made with the defaults when it is new and groups are created by themselves. */
  getOrCreate(name: string): SubscriptionGroupConfig | undefined {
    const group = this.get(name)
    if (group !== undefined || !this.#autoCreate || name === '' || this.#groups.size >= brokerLimits.groups)
      return group
    const created = subscriptionGroupDefaults(name)
    this.#groups.set(name, created)
    this.#dataVersion = { ...this.#dataVersion, counter: this.#dataVersion.counter + 1, timestamp: this.#clock.now() }
    this.#file.saveSoon()
    return created
  }

  /** Whether an administrator has forbidden the group to read the topic. */
  isForbidden(group: string, topic: string): boolean {
    return ((this.#forbidden[group]?.[topic] ?? 0) & 1) !== 0
  }

  close(): Promise<void> {
    return this.#file.settle()
  }

  #encode(): Buffer {
    return subscriptionGroupsFile.encode({
      ...this.#stored,
      dataVersion: this.#dataVersion,
      forbiddenTable: this.#forbidden,
      subscriptionGroupTable: Object.fromEntries(this.#groups),
    })
  }
}
