import type { DataVersion, QueueData, TopicQueueMappingInfo } from '@cometmq/protocol/bodies'

/**
 * Everything a NameServer knows. It is memory only: brokers tell it again every 30 s. The functions beside this file read and change it; none
 * of them waits for anything, so each sees and leaves a whole table.
 */
export interface RouteTable {
  /** topic → broker name → its queues. */
  readonly topics: Map<string, Map<string, QueueData>>
  /** broker name → its group of master and slaves. */
  readonly brokers: Map<string, BrokerGroup>
  /** cluster → broker names. */
  readonly clusters: Map<string, Set<string>>
  /** `liveKey` → when and over which connection a broker was last heard of. */
  readonly live: Map<string, LiveBroker>
  /** `liveKey` → filter servers. */
  readonly filterServers: Map<string, readonly string[]>
  /** static topic → broker name → its part of the mapping. */
  readonly mappings: Map<string, Map<string, TopicQueueMappingInfo>>
  /** Grows with every change that a route answer may show. */
  revision: number
}

/** The brokers of one name: id 0 is the master. */
export interface BrokerGroup {
  readonly brokerName: string
  readonly cluster: string
  /** broker id → `host:port` for clients. */
  readonly addresses: Map<number, string>
  /** A slave may stand in for an absent master, for reads. */
  enableActingMaster: boolean
  zoneName: string | undefined
}

/** Which broker: what registration and unregistration name it by. */
export interface BrokerIdentity {
  readonly cluster: string
  readonly brokerName: string
  readonly brokerId: number
  /** `host:port` for clients. */
  readonly brokerAddress: string
}

export interface LiveBroker extends BrokerIdentity {
  /** On the clock's monotonic scale. */
  heardOfAtMs: number
  readonly heartbeatTimeoutMs: number
  readonly dataVersion: DataVersion
  readonly haServerAddress: string
  /** What it registered over. */
  readonly connection: BrokerConnection
}

/** Here only its identity matters; who expires a broker closes it. */
export interface BrokerConnection {
  destroy(reason?: Error): void
}

export const masterId = 0

export function newRouteTable(): RouteTable {
  return {
    topics: new Map(),
    brokers: new Map(),
    clusters: new Map(),
    live: new Map(),
    filterServers: new Map(),
    mappings: new Map(),
    revision: 0,
  }
}

/** Neither a cluster's name nor an address holds a line feed. */
export function liveKey(cluster: string, brokerAddress: string): string {
  return `${cluster}\n${brokerAddress}`
}

/** Forgets what is known of the broker at an address, but not the address in its group. */
export function dropLive(table: RouteTable, cluster: string, brokerAddress: string): void {
  const key = liveKey(cluster, brokerAddress)
  table.live.delete(key)
  if (table.filterServers.delete(key)) table.revision++
}

/** The smallest id of a group; `undefined` when it has no address. */
export function smallestId(group: BrokerGroup): number | undefined {
  let smallest: number | undefined
  for (const id of group.addresses.keys()) if (smallest === undefined || id < smallest) smallest = id
  return smallest
}

/** Sets one broker's queues of a topic; equal queues are no change. */
export function putQueues(table: RouteTable, topic: string, queues: QueueData): void {
  let byBroker = table.topics.get(topic)
  if (byBroker === undefined) table.topics.set(topic, (byBroker = new Map()))
  const known = byBroker.get(queues.brokerName)
  if (known !== undefined && isSameQueues(known, queues)) return
  byBroker.set(queues.brokerName, queues)
  table.revision++
}

/** Takes one broker out of a topic, and the topic out of the table when that was its last. */
export function dropQueues(table: RouteTable, topic: string, brokerName: string): void {
  const byBroker = table.topics.get(topic)
  if (!byBroker?.delete(brokerName)) return
  if (byBroker.size === 0) dropTopic(table, topic)
  table.revision++
}

/** Differs: a topic's mappings go with it; RouteInfoManager keeps them for ever. Brokers bring them again with the topic. */
export function dropTopic(table: RouteTable, topic: string): void {
  const isKnown = table.topics.delete(topic)
  table.mappings.delete(topic)
  if (isKnown) table.revision++
}

function isSameQueues(a: QueueData, b: QueueData): boolean {
  return (
    a.readQueueNums === b.readQueueNums &&
    a.writeQueueNums === b.writeQueueNums &&
    a.perm === b.perm &&
    a.topicSysFlag === b.topicSysFlag
  )
}

/** All three equal: the broker's topics are what they were. */
export function isSameVersion(a: DataVersion, b: DataVersion): boolean {
  return a.stateVersion === b.stateVersion && a.counter === b.counter && a.timestamp === b.timestamp
}
