import type { BrokerData, TopicRouteData } from '@cometmq/protocol/bodies'
import { isWritable } from './permission.ts'
import { type BrokerGroup, liveKey, masterId, type RouteTable, smallestId } from './route-table.ts'

/** Topics through which the brokers of a group find each other; there a slave must not look like a master. */
const memberTopicPrefix = 'rmq_sys_SYNC_BROKER_MEMBER_'

export interface RouteRules {
  /** Show the smallest slave as the master where the master is absent and the group allows it. */
  readonly supportActingMaster: boolean
}

/** Where a topic's queues are; `undefined` when it is unknown or none of its brokers is registered. */
export function routeOf(table: RouteTable, topic: string, rules: RouteRules): TopicRouteData | undefined {
  const byBroker = table.topics.get(topic)
  if (byBroker === undefined) return undefined
  const groups = [...byBroker.keys()].flatMap((name) => table.brokers.get(name) ?? [])
  if (groups.length === 0) return undefined
  const showsActingMasters = rules.supportActingMaster && !topic.startsWith(memberTopicPrefix)
  const brokerDatas = groups.map((group) => {
    // A slave stands in for reads alone, so while the queues still look writable the master is not known to be gone.
    const standsIn = showsActingMasters && !isWritable(byBroker.get(group.brokerName)!.perm)
    return brokerDataOf(group, standsIn ? addressesWithActingMaster(group) : group.addresses)
  })
  const mappings = table.mappings.get(topic)
  return {
    brokerDatas,
    filterServerTable: filterServersOf(table, groups),
    queueDatas: [...byBroker.values()],
    ...(mappings === undefined ? {} : { topicQueueMappingByBroker: Object.fromEntries(mappings) }),
  }
}

/** Why `routeOf` found nothing. */
export function missOf(table: RouteTable, topic: string): string {
  const byBroker = table.topics.get(topic)
  if (byBroker !== undefined) {
    const names = [...byBroker.keys()].join(', ')
    return `The topic is known here on ${names}, but no such broker is registered at present.`
  }
  const brokers = table.brokers.size
  if (brokers === 0) {
    return 'No broker has registered with this NameServer: start one, and check that its namesrvAddr names this NameServer.'
  }
  return `The topic is unknown to this NameServer, with which ${brokers === 1 ? '1 broker is' : `${brokers} brokers are`} registered: create the topic, or check that its broker registers here.`
}

export function brokerDataOf(group: BrokerGroup, addresses: ReadonlyMap<number, string> = group.addresses): BrokerData {
  const { brokerName, cluster, enableActingMaster, zoneName } = group
  const brokerAddrs = new Map([...addresses].sort(([a], [b]) => a - b))
  return { brokerAddrs, brokerName, cluster, enableActingMaster, ...(zoneName === undefined ? {} : { zoneName }) }
}

function addressesWithActingMaster(group: BrokerGroup): ReadonlyMap<number, string> {
  const actingId = smallestId(group)
  if (!group.enableActingMaster || actingId === undefined || actingId === masterId) return group.addresses
  const addresses = new Map(group.addresses)
  addresses.set(masterId, addresses.get(actingId)!)
  addresses.delete(actingId)
  return addresses
}

function filterServersOf(table: RouteTable, groups: readonly BrokerGroup[]): Record<string, string[]> {
  const servers: Record<string, string[]> = {}
  if (table.filterServers.size === 0) return servers
  for (const { cluster, addresses } of groups) {
    for (const address of addresses.values()) {
      const list = table.filterServers.get(liveKey(cluster, address))
      if (list !== undefined) servers[address] = [...list]
    }
  }
  return servers
}
