import { type Clock, type FileSystem, type Logger, messageOf, readReplaceable, type Timer } from '@cometmq/platform'
import { consumerFiltersFile, type FilterData, type SubscriptionData } from '@cometmq/protocol/bodies'
import { ConfigFile } from '../config-file.ts'
import { brokerLimits } from '../limits.ts'
import { BloomFilter } from './bloom-filter.ts'
import type { SqlFilter } from './sql92/compile.ts'

export interface ConsumerFiltersOptions {
  filterSubscriptions: number
  filterErrorPercent: number
  filterDataCleanMs: number
}

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

/** A subscription whose expression is ready to be evaluated. */
export interface RegisteredFilter {
  readonly data: FilterData
  readonly matches: SqlFilter
}

/**
 * The SQL92 subscriptions of consumer groups: registered by their heartbeats, kept in `consumerFilter.json`, and forgotten some time after the group has gone.
 * Source: ConsumerFilterManager of Apache RocketMQ. The compiler is loaded with the first expression.
 */
export class ConsumerFilters {
  /** By topic, then by group. */
  readonly #byTopic = new Map<string, Map<string, RegisteredFilter>>()
  readonly #compiled = new Map<string, SqlFilter>()
  readonly #bloom: BloomFilter
  readonly #options: ConsumerFiltersOptions
  readonly #world: World
  readonly #file: ConfigFile
  readonly #timer: Timer

  static async load(path: string, options: ConsumerFiltersOptions, world: World): Promise<ConsumerFilters> {
    const stored = await readReplaceable(world.files, path, (content) => consumerFiltersFile.decode(content))
    const filters = new ConsumerFilters(path, options, world)
    for (const { groupFilterData } of Object.values(stored?.filterDataByTopic ?? {})) {
      for (const data of Object.values(groupFilterData)) await filters.#restore(data)
    }
    return filters
  }

  private constructor(path: string, options: ConsumerFiltersOptions, world: World) {
    this.#options = options
    this.#world = world
    this.#bloom = new BloomFilter(options.filterErrorPercent, options.filterSubscriptions)
    this.#file = new ConfigFile(path, () => this.#encode(), world)
    this.#timer = world.clock.every(brokerLimits.filterScanMs, () => this.#forgetDead())
  }

  get(topic: string, group: string): RegisteredFilter | undefined {
    return this.#byTopic.get(topic)?.get(group)
  }

  /** @throws SqlSyntaxError */
  async compile(expression: string): Promise<SqlFilter> {
    const known = this.#compiled.get(expression)
    if (known !== undefined) return known
    const { compileSql } = await import('./sql92/compile.ts')
    const { matches } = compileSql(expression)
    if (this.#compiled.size >= brokerLimits.compiledFilters) {
      for (const oldest of this.#compiled.keys()) {
        this.#compiled.delete(oldest)
        break
      }
    }
    this.#compiled.set(expression, matches)
    return matches
  }

  /** Takes the subscriptions of a group as its heartbeat has them. An expression that is none is logged, and the group's pulls are refused. */
  async register(group: string, subscriptions: readonly SubscriptionData[]): Promise<void> {
    for (const subscription of subscriptions) {
      if (subscription.expressionType === 'TAG' || subscription.expressionType === '') continue
      await this.#registerOne(group, subscription)
    }
  }

  /** The last consumer of the group has left. */
  groupGone(group: string): void {
    for (const groups of this.#byTopic.values()) {
      const filter = groups.get(group)
      if (filter === undefined || filter.data.deadTime > 0) continue
      groups.set(group, { ...filter, data: { ...filter.data, deadTime: this.#world.clock.now() } })
      this.#file.saveSoon()
    }
  }

  async close(): Promise<void> {
    this.#timer.cancel()
    await this.#file.settle()
  }

  async #registerOne(group: string, subscription: SubscriptionData): Promise<void> {
    const { topic, subString: expression, expressionType, subVersion = this.#world.clock.now() } = subscription
    const known = this.get(topic, group)
    if (known !== undefined && known.data.deadTime === 0) {
      const isOlder = subVersion < known.data.clientVersion
      const isSame = known.data.expression === expression && subVersion === known.data.clientVersion
      if (isOlder || isSame) return
    }
    const isChanged = known?.data.expression !== expression
    const bornTime = isChanged ? this.#world.clock.now() : known!.data.bornTime
    const matches = await this.#tryCompile(group, topic, expression, expressionType)
    if (matches === undefined) return
    this.#put({
      matches,
      data: {
        bloomFilterData: this.#bloom.dataOf(group, topic),
        bornTime,
        clientVersion: subVersion,
        consumerGroup: group,
        deadTime: 0,
        expression,
        expressionType,
        topic,
      },
    })
    this.#file.saveSoon()
  }

  async #tryCompile(group: string, topic: string, expression: string, type: string): Promise<SqlFilter | undefined> {
    if (type !== 'SQL92') return undefined
    try {
      return await this.compile(expression)
    } catch (error) {
      this.#world.logger.warn(
        { group, topic, reason: messageOf(error) },
        'a subscription has an expression that is none',
      )
      return undefined
    }
  }

  async #restore(data: FilterData): Promise<void> {
    const { consumerGroup, topic, expression, expressionType } = data
    const matches = await this.#tryCompile(consumerGroup, topic, expression, expressionType)
    if (matches === undefined) return
    const bloomFilterData = this.#bloom.isValid(data.bloomFilterData)
      ? data.bloomFilterData
      : this.#bloom.dataOf(consumerGroup, topic)
    // Nobody is there yet: a group that does not come back is forgotten in time.
    const deadTime = data.deadTime > 0 ? data.deadTime : this.#world.clock.now()
    this.#put({ matches, data: { ...data, bloomFilterData, deadTime } })
  }

  #put(filter: RegisteredFilter): void {
    const { topic, consumerGroup } = filter.data
    let groups = this.#byTopic.get(topic)
    if (groups === undefined) this.#byTopic.set(topic, (groups = new Map()))
    groups.set(consumerGroup, filter)
  }

  #forgetDead(): void {
    const oldest = this.#world.clock.now() - this.#options.filterDataCleanMs
    for (const [topic, groups] of this.#byTopic) {
      for (const [group, { data }] of groups) {
        if (data.deadTime === 0 || data.deadTime > oldest) continue
        groups.delete(group)
        this.#file.saveSoon()
      }
      if (groups.size === 0) this.#byTopic.delete(topic)
    }
  }

  #encode(): Buffer {
    const topics = Array.from(this.#byTopic, ([topic, groups]) => {
      const groupFilterData = Object.fromEntries(Array.from(groups, ([group, { data }]) => [group, data]))
      return [topic, { groupFilterData, topic }] as const
    })
    return consumerFiltersFile.encode({ filterDataByTopic: Object.fromEntries(topics) })
  }
}
