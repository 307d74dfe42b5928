import { type Address, formatAddress } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { Refusal } from '@cometmq/remoting'
import {
  type MessageStore,
  type RetentionChange,
  type StoreOptions,
  type StoreSettings,
  storeOptions,
} from '@cometmq/store'
import * as v from 'valibot'
import { type BrokerOptions, brokerOptions, type OptionAbout } from '../options.ts'
import { builtInTopics } from '../topics/built-in-topics.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import type { SettingsFile } from './settings-file.ts'

/** Options of the broker that are looked at whenever they matter, so that a change takes effect with the next request. */
const liveBrokerOptions = [
  'permission',
  'autoCreateTopic',
  'autoCreateGroup',
  'region',
  'traceOn',
  'longPolling',
  'shortPollingMs',
  'notifyConsumerChange',
  'rejectTransactions',
  'storeReplies',
  'transactionTimeoutMs',
  'transactionChecks',
  'opMessageBytes',
  'opMessageMs',
  'clearRetryTopics',
  'propertyFilter',
  'filterDataCleanMs',
  'maxUniqueKeyMessages',
  'litePull',
  'timerMaxDelaySec',
  'timersPerSecond',
  'recall',
  'serverSideReset',
  'retryTopicV2',
  'popRetryTopicV1',
  'popFromRetryPercent',
  'popFromRetryPercentForPriority',
  'priorityOrderAscending',
  'popKeepsRetryTopic',
  'popBeginsWhenInMemory',
  'notificationFilter',
  'notificationFilterMessages',
  'messageRequestMode',
  'popShareQueues',
  'serverLoadBalancer',
  'disableSlowGroups',
  'slowGroupBytes',
] as const satisfies readonly (keyof BrokerOptions)[]

/** Settings of the store that its next round of cleaning goes by. */
const liveStoreOptions = [
  'fileReservedTime',
  'deleteWhen',
  'diskMaxUsedSpaceRatio',
  'diskSpaceCleanForciblyRatio',
  'cleanFileForciblyEnable',
] as const satisfies readonly (keyof RetentionChange)[]

/** Never changed over the network. Source: AdminBrokerProcessor of Apache RocketMQ. */
const alwaysListed = ['brokerConfigPath', 'rocketmqHome', 'configBlackList']

interface Known {
  readonly name: string
  readonly of: 'broker' | 'store'
  readonly schema: v.GenericSchema
  readonly isLive: boolean
}

const known: ReadonlyMap<string, Known> = new Map([
  ...knownOf('store', storeOptions.entries, new Set(liveStoreOptions)),
  ...knownOf('broker', brokerOptions.entries, new Set(liveBrokerOptions)),
])

function knownOf(of: Known['of'], entries: Readonly<Record<string, v.GenericSchema>>, live: ReadonlySet<string>) {
  return Object.entries(entries).flatMap(([name, schema]): [string, Known][] => {
    const { property } = v.getMetadata(schema as never) as unknown as OptionAbout
    return property === undefined ? [] : [[property, { name, of, schema, isLive: live.has(name) }]]
  })
}

/** The properties that an administrator can change while the broker runs. */
export const liveProperties: readonly string[] = [...known].flatMap(([property, { isLive }]) =>
  isLive ? property : [],
)

export interface LiveConfigDeps {
  /** What all parts of the broker look at; changed in place. */
  options: BrokerOptions
  storeOptions: StoreOptions
  store: MessageStore
  topics: TopicTable
  /** Where changes are noted; absent: nowhere. */
  file: SettingsFile | undefined
}

/**
 * The broker's options by RocketMQ's names, to be read, and some of them to be changed, while it runs. A change is in the configuration file, where
 * there is one, before it takes effect.
 */
export class LiveConfig {
  readonly #deps: LiveConfigDeps
  readonly #store: StoreSettings
  #counter = 0
  /** Changes are made one after the other. */
  #last: Promise<void> = Promise.resolve()

  constructor(deps: LiveConfigDeps) {
    this.#deps = deps
    this.#store = v.parse(storeOptions, deps.storeOptions)
  }

  /** How often options were changed. */
  get changes(): number {
    return this.#counter
  }

  /** All options that have a value, by name. */
  entries(): [property: string, value: string][] {
    const values = { broker: this.#deps.options, store: this.#store } as Record<Known['of'], Record<string, unknown>>
    const entries = Array.from(known, ([property, { name, of }]): [string, string | undefined] => {
      return [property, textOf(values[of][name])]
    })
    return entries
      .filter((entry): entry is [string, string] => entry[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Changes all of them, or none. @throws Refusal that says of the first that cannot be changed why not */
  update(properties: ReadonlyMap<string, string>): Promise<void> {
    const change = this.#last.then(() => this.#change(properties))
    this.#last = change.catch(() => {})
    return change
  }

  async #change(properties: ReadonlyMap<string, string>): Promise<void> {
    const { options, store, topics, file } = this.#deps
    const changes = { broker: {} as Partial<BrokerOptions>, store: {} as Partial<RetentionChange> }
    for (const [property, text] of properties) {
      const { of, name, value } = this.#checked(property, text)
      Object.assign(changes[of], { [name]: value })
    }
    if (properties.size > 0) await file?.change(properties)
    Object.assign(options, changes.broker)
    Object.assign(this.#store, changes.store)
    store.changeRetention(changes.store)
    if (properties.size > 0) this.#counter++
    // Without it there would be nothing to create topics from.
    const missing = changes.broker.autoCreateTopic
      ? builtInTopics(options).filter(({ topicName }) => topics.get(topicName) === undefined)
      : []
    if (missing.length > 0) await topics.put(...missing)
    if (changes.broker.permission !== undefined) await topics.reannounce()
  }

  #checked(property: string, text: string): { of: Known['of']; name: string; value: unknown } {
    const listed = new Set([...alwaysListed, ...this.#deps.options.configBlackList.split(';')])
    if (listed.has(property)) {
      throw new Refusal(
        responseCode.NO_PERMISSION,
        `Can not update config in black list. ${property} may not be changed over the network (configBlackList)`,
      )
    }
    const option = known.get(property)
    if (option === undefined)
      throw refusal(`${property} has no effect on this broker: it has no such property, and nothing was changed`)
    if (!option.isLive) {
      throw refusal(
        `${property} is read when the broker starts, and nothing was changed: set it in the configuration file and restart. At run time these can be changed: ${liveProperties.join(', ')}`,
      )
    }
    for (const value of candidates(text)) {
      const result = v.safeParse(option.schema, value)
      if (result.success) return { of: option.of, name: option.name, value: result.output }
    }
    throw refusal(`"${text}" is no value of ${property}, and nothing was changed`)
  }
}

const refusal = (remark: string) => new Refusal(responseCode.INVALID_PARAMETER, remark)

/** What a text may stand for. */
function candidates(text: string): unknown[] {
  if (/^(true|false)$/i.test(text)) return [text.toLowerCase() === 'true']
  return /^-?\d+(\.\d+)?$/.test(text) ? [Number(text), text] : [text]
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value.map((address: Address) => formatAddress(address)).join(';')
  return String(value)
}
