import type { DataVersion, QueueData, TopicConfig, TopicQueueMappingInfo } from '@cometmq/protocol/bodies'
import { type MinIdChange, minIdChange } from './min-id-change.ts'
import { withoutWrite } from './permission.ts'
import {
  type BrokerConnection,
  type BrokerGroup,
  type BrokerIdentity,
  dropLive,
  dropQueues,
  isSameVersion,
  liveKey,
  masterId,
  putQueues,
  type RouteTable,
  smallestId,
} from './route-table.ts'
import { unregister } from './unregistration.ts'

/** How long a broker that names no timeout may stay silent. */
export const defaultHeartbeatTimeoutMs = 120_000

/** What a broker says of itself, whatever form it came in. */
export interface Registration extends BrokerIdentity {
  readonly haServerAddress: string
  readonly heartbeatTimeoutMs: number | undefined
  /** `undefined`: the broker is too old to say. */
  readonly enableActingMaster: boolean | undefined
  readonly zoneName: string | undefined
  readonly topics: ReadonlyMap<string, TopicConfig>
  readonly mappings: readonly TopicQueueMappingInfo[]
  readonly dataVersion: DataVersion
  /** `undefined`: the broker is too old to say, and what is known stays. */
  readonly filterServers: readonly string[] | undefined
  readonly connection: BrokerConnection
}

export interface RegistrationRules {
  /** A topic that the broker no longer names is dropped. */
  readonly deleteTopicWithBrokerRegistration: boolean
}

export type RegistrationOutcome =
  | {
      readonly kind: 'registered'
      /** For a slave: where its master is. */
      readonly masterAddress: string | undefined
      readonly haServerAddress: string | undefined
      readonly minIdChange: MinIdChange | undefined
      readonly isNew: boolean
    }
  /** Another broker holds this id with newer state: this one was the master and does not know that it no longer is. */
  | { readonly kind: 'superseded' }
  /** A single topic came before the broker's whole table: the broker has to register with all of it first. */
  | { readonly kind: 'incomplete' }

/** Takes in what a broker says of itself. Follows RouteInfoManager, where it was observed. */
export function register(
  table: RouteTable,
  registration: Registration,
  rules: RegistrationRules,
  nowMs: number,
): RegistrationOutcome {
  const { brokerName, brokerId, brokerAddress, cluster } = registration
  const known = table.brokers.get(brokerName)
  // Differs: RouteInfoManager enters the broker without any address before it refuses.
  if (registration.topics.size === 1 && !known?.addresses.has(brokerId)) return { kind: 'incomplete' }
  departFormerSelf(table, known, registration)
  const group = groupOf(table, registration)
  const smallestBefore = smallestId(group) ?? masterId
  dropFormerIds(table, group, registration)
  if (isSuperseded(table, group, registration)) {
    dropLive(table, cluster, brokerAddress)
    return { kind: 'superseded' }
  }
  const previousAddress = group.addresses.get(brokerId)
  setAddress(table, group, registration)
  const isFirst = previousAddress === undefined
  if (isMaster(registration) || isPrimeSlave(group, registration)) takeTopics(table, registration, rules, isFirst)
  enterLive(table, registration, nowMs)
  takeFilterServers(table, registration)
  return {
    kind: 'registered',
    ...masterFor(table, group, registration),
    minIdChange:
      brokerId < smallestBefore ? minIdChange(group, { haAddress: registration.haServerAddress }) : undefined,
    isNew: isFirst,
  }
}

/**
 * Differs: a broker that comes back under another name or in another cluster takes its former self off the table. RouteInfoManager keeps a
 * former name for ever, and when the entry in a former cluster expires it takes the live broker with it.
 */
function departFormerSelf(table: RouteTable, known: BrokerGroup | undefined, registration: Registration): void {
  const { cluster, brokerAddress, brokerName } = registration
  const former = table.live.get(liveKey(cluster, brokerAddress))
  if (former !== undefined && former.brokerName !== brokerName) unregister(table, [former])
  if (known === undefined || known.cluster === cluster) return
  const elsewhere = table.live.get(liveKey(known.cluster, brokerAddress))
  if (elsewhere !== undefined) unregister(table, [elsewhere])
}

function groupOf(table: RouteTable, registration: Registration): BrokerGroup {
  const { cluster, brokerName, zoneName } = registration
  const enableActingMaster = registration.enableActingMaster === true
  addToCluster(table, cluster, brokerName)
  const known = table.brokers.get(brokerName)
  if (known === undefined) {
    const group = { brokerName, cluster, addresses: new Map<number, string>(), enableActingMaster, zoneName }
    table.brokers.set(brokerName, group)
    table.revision++
    return group
  }
  if (known.enableActingMaster !== enableActingMaster || known.zoneName !== zoneName) {
    known.enableActingMaster = enableActingMaster
    known.zoneName = zoneName
    table.revision++
  }
  return known
}

function addToCluster(table: RouteTable, cluster: string, brokerName: string): void {
  const names = table.clusters.get(cluster)
  if (names === undefined) table.clusters.set(cluster, new Set([brokerName]))
  else names.add(brokerName)
}

/** A broker that changes its role registers its address under another id. */
function dropFormerIds(table: RouteTable, group: BrokerGroup, { brokerId, brokerAddress }: Registration): void {
  for (const [id, address] of group.addresses) {
    if (address !== brokerAddress || id === brokerId) continue
    group.addresses.delete(id)
    table.revision++
  }
}

function isSuperseded(table: RouteTable, group: BrokerGroup, registration: Registration): boolean {
  const holder = group.addresses.get(registration.brokerId)
  if (holder === undefined || holder === registration.brokerAddress) return false
  const live = table.live.get(liveKey(registration.cluster, holder))
  return live !== undefined && live.dataVersion.stateVersion > registration.dataVersion.stateVersion
}

function setAddress(table: RouteTable, group: BrokerGroup, { brokerId, brokerAddress }: Registration): void {
  if (group.addresses.get(brokerId) === brokerAddress) return
  group.addresses.set(brokerId, brokerAddress)
  table.revision++
}

const isMaster = ({ brokerId }: Registration) => brokerId === masterId

/** Current brokers always say whether they act as master, so that the smallest slave counts as prime even when they say no. */
function isPrimeSlave(group: BrokerGroup, { brokerId, enableActingMaster }: Registration): boolean {
  return enableActingMaster !== undefined && brokerId !== masterId && brokerId === smallestId(group)
}

function takeTopics(table: RouteTable, registration: Registration, rules: RegistrationRules, isFirst: boolean): void {
  const { brokerName, topics, mappings, cluster, brokerAddress, dataVersion } = registration
  const live = table.live.get(liveKey(cluster, brokerAddress))
  const isChanged = isFirst || live === undefined || !isSameVersion(live.dataVersion, dataVersion)
  if (rules.deleteTopicWithBrokerRegistration && mappings.length === 0) {
    for (const topic of table.topics.keys()) if (!topics.has(topic)) dropQueues(table, topic, brokerName)
  }
  for (const [topic, config] of topics) {
    if (isChanged || !table.topics.get(topic)?.has(brokerName)) putQueues(table, topic, queuesOf(config, registration))
  }
  if (!isChanged) return
  for (const mapping of mappings) {
    const byBroker = table.mappings.get(mapping.topic)
    if (byBroker === undefined) table.mappings.set(mapping.topic, new Map([[mapping.bname, mapping]]))
    else byBroker.set(mapping.bname, mapping)
    table.revision++
  }
}

function queuesOf(config: TopicConfig, registration: Registration): QueueData {
  const standsIn = !isMaster(registration) && registration.enableActingMaster === true
  return {
    brokerName: registration.brokerName,
    readQueueNums: config.readQueueNums,
    writeQueueNums: config.writeQueueNums,
    perm: standsIn ? withoutWrite(config.perm) : config.perm,
    topicSysFlag: config.topicSysFlag,
  }
}

function enterLive(table: RouteTable, registration: Registration, nowMs: number): void {
  const { cluster, brokerName, brokerId, brokerAddress, dataVersion, haServerAddress, connection } = registration
  table.live.set(liveKey(cluster, brokerAddress), {
    cluster,
    brokerName,
    brokerId,
    brokerAddress,
    heardOfAtMs: nowMs,
    heartbeatTimeoutMs: registration.heartbeatTimeoutMs ?? defaultHeartbeatTimeoutMs,
    dataVersion,
    haServerAddress,
    connection,
  })
}

function takeFilterServers(table: RouteTable, { cluster, brokerAddress, filterServers }: Registration): void {
  if (filterServers === undefined) return
  const key = liveKey(cluster, brokerAddress)
  const known = table.filterServers.get(key) ?? []
  if (known.length === filterServers.length && known.every((address, i) => address === filterServers[i])) return
  if (filterServers.length === 0) table.filterServers.delete(key)
  else table.filterServers.set(key, filterServers)
  table.revision++
}

function masterFor(table: RouteTable, group: BrokerGroup, registration: Registration) {
  const none = { masterAddress: undefined, haServerAddress: undefined }
  if (isMaster(registration)) return none
  const masterAddress = group.addresses.get(masterId)
  if (masterAddress === undefined) return none
  const live = table.live.get(liveKey(registration.cluster, masterAddress))
  return live === undefined ? none : { masterAddress, haServerAddress: live.haServerAddress }
}
