import type { BrokerMemberGroup, ClusterInfo } from '@cometmq/protocol/bodies'
import { brokerDataOf } from './route-query.ts'
import type { RouteTable } from './route-table.ts'

/** All clusters with their brokers. */
export function clusterInfoOf(table: RouteTable): ClusterInfo {
  return {
    brokerAddrTable: Object.fromEntries([...table.brokers].map(([name, group]) => [name, brokerDataOf(group)])),
    clusterAddrTable: Object.fromEntries([...table.clusters].map(([cluster, names]) => [cluster, [...names]])),
  }
}

/** The registered members of a group; an unknown group has none. The cluster is the asker's word for it. */
export function memberGroupOf(table: RouteTable, cluster: string, brokerName: string): BrokerMemberGroup {
  const group = table.brokers.get(brokerName)
  return { brokerAddrs: group === undefined ? new Map() : brokerDataOf(group).brokerAddrs, brokerName, cluster }
}
