import { type MinIdChange, minIdChange } from './min-id-change.ts'
import { withoutWrite } from './permission.ts'
import {
  type BrokerGroup,
  type BrokerIdentity,
  dropLive,
  dropQueues,
  masterId,
  putQueues,
  type RouteTable,
  smallestId,
} from './route-table.ts'

/**
 * Takes brokers off the table, all of them in one pass over the topics. A group that lost its last broker disappears from clusters and
 * topics; one that lost its master keeps its queues, without write permission when a slave stands in.
 *
 * @returns The groups with acting masters whose smallest id has changed.
 */
export function unregister(table: RouteTable, departures: readonly BrokerIdentity[]): MinIdChange[] {
  const removed = new Set<string>()
  const reduced = new Set<string>()
  const offline = new Map<string, string>()
  for (const departure of departures) {
    const { cluster, brokerName, brokerId, brokerAddress } = departure
    dropLive(table, cluster, brokerAddress)
    const group = table.brokers.get(brokerName)
    if (group === undefined) continue
    const wasSmallest = smallestId(group) === brokerId
    if (!dropAddress(group, brokerAddress)) continue
    table.revision++
    if (group.addresses.size === 0) {
      dropGroup(table, brokerName)
      removed.add(brokerName)
      reduced.delete(brokerName)
      offline.delete(brokerName)
    } else {
      reduced.add(brokerName)
      if (wasSmallest) offline.set(brokerName, brokerAddress)
    }
  }
  cleanTopics(table, removed, reduced)
  return changesOf(table, offline)
}

function dropAddress(group: BrokerGroup, brokerAddress: string): boolean {
  let isDropped = false
  for (const [id, address] of group.addresses) {
    if (address === brokerAddress) isDropped = group.addresses.delete(id)
  }
  return isDropped
}

function dropGroup(table: RouteTable, brokerName: string): void {
  table.brokers.delete(brokerName)
  for (const [cluster, names] of table.clusters) {
    if (names.delete(brokerName) && names.size === 0) table.clusters.delete(cluster)
  }
}

function cleanTopics(table: RouteTable, removed: ReadonlySet<string>, reduced: ReadonlySet<string>): void {
  const withoutMaster = [...reduced].filter((name) => standsIn(table.brokers.get(name)))
  if (removed.size === 0 && withoutMaster.length === 0) return
  for (const [topic, byBroker] of table.topics) {
    for (const brokerName of removed) dropQueues(table, topic, brokerName)
    for (const brokerName of withoutMaster) {
      const queues = byBroker.get(brokerName)
      if (queues !== undefined) putQueues(table, topic, { ...queues, perm: withoutWrite(queues.perm) })
    }
  }
}

function standsIn(group: BrokerGroup | undefined): boolean {
  return group?.enableActingMaster === true && !group.addresses.has(masterId)
}

function changesOf(table: RouteTable, offline: ReadonlyMap<string, string>): MinIdChange[] {
  return [...offline].flatMap(([brokerName, offlineAddress]) => {
    const group = table.brokers.get(brokerName)
    if (!group?.enableActingMaster) return []
    const change = minIdChange(group, { offlineAddress })
    return change === undefined ? [] : [change]
  })
}
