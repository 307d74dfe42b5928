import { type Clock, type FileSystem, type Logger, readReplaceable } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import {
  type DataVersion,
  type SubscriptionGroupConfig,
  type SubscriptionGroupsFile,
  subscriptionGroupDefaults,
  subscriptionGroupsFile,
} from '@cometmq/protocol/bodies'
import { liteQueuePrefix } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import { ConfigFile } from '../config-file.ts'
import { brokerLimits } from '../limits.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

export interface GroupOptions {
  /** May change while the broker runs. */
  readonly autoCreateGroup: boolean
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
  readonly #options: GroupOptions
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
    this.#options = options
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
    if (
      group !== undefined ||
      !this.#options.autoCreateGroup ||
      name === '' ||
      this.#groups.size >= brokerLimits.groups
    )
      return group
    const created = subscriptionGroupDefaults(name)
    this.#groups.set(name, created)
    this.#moveVersion()
    this.#file.saveSoon()
    return created
  }

  /** Creates or replaces groups; resolves when that is durable. When it cannot be made so, they are as before. */
  async put(...groups: SubscriptionGroupConfig[]): Promise<void> {
    this.#refuseTooMany(groups)
    const before = groups.map(({ groupName }) => this.#groups.get(groupName))
    for (const group of groups) this.#groups.set(group.groupName, group)
    this.#moveVersion()
    try {
      await this.#file.save()
    } catch (error) {
      for (const [i, group] of groups.entries()) this.#takeBack(group, before[i])
      throw error
    }
  }

  /** Removes a group, in the turn of the call; resolves when that is durable. When it cannot be made so, it is there again. */
  async remove(name: string): Promise<void> {
    const group = this.#groups.get(name)
    if (group === undefined) return
    this.#groups.delete(name)
    const forbidden = this.#forbidden[name]
    delete this.#forbidden[name]
    this.#moveVersion()
    try {
      await this.#file.save()
    } catch (error) {
      if (!this.#groups.has(name)) this.#groups.set(name, group)
      if (forbidden !== undefined) this.#forbidden[name] ??= forbidden
      throw error
    }
  }

  /** Says whether the group may read the topic; resolves when that is durable. */
  async setReadable(group: string, topic: string, isReadable: boolean): Promise<void> {
    if (this.isForbidden(group, topic) === !isReadable) return
    const bits = this.#forbidden[group]?.[topic] ?? 0
    this.#forbidden[group] = { ...this.#forbidden[group], [topic]: isReadable ? bits & ~1 : bits | 1 }
    this.#moveVersion()
    await this.#file.save()
  }

  /** Group → topic → bits; 1 forbids reading. */
  get forbidden(): Record<string, Record<string, number>> {
    return this.#forbidden
  }

  /** Whether an administrator has forbidden the group to read the topic. */
  isForbidden(group: string, topic: string): boolean {
    return ((this.#forbidden[group]?.[topic] ?? 0) & 1) !== 0
  }

  #moveVersion(): void {
    this.#dataVersion = { ...this.#dataVersion, counter: this.#dataVersion.counter + 1, timestamp: this.#clock.now() }
  }

  #refuseTooMany(groups: readonly SubscriptionGroupConfig[]): void {
    const added = groups.filter(({ groupName }) => !this.#groups.has(groupName))
    if (this.#groups.size + added.length <= brokerLimits.groups || added.length === 0) return
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `this broker has ${this.#groups.size} consumer groups, and its limit is ${brokerLimits.groups}; delete unused groups before creating ${added[0]?.groupName}`,
    )
  }

  /** Unless somebody has changed the group again meanwhile. */
  #takeBack(group: SubscriptionGroupConfig, before: SubscriptionGroupConfig | undefined): void {
    if (this.#groups.get(group.groupName) !== group) return
    if (before === undefined) this.#groups.delete(group.groupName)
    else this.#groups.set(group.groupName, before)
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
