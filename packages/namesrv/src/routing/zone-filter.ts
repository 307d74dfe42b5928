import type { TopicRouteData } from '@cometmq/protocol/bodies'
import { masterId } from './route-table.ts'

/** Leaves of a route what is in a zone: the brokers of the zone, and those groups that have no master at present. */
export function withinZone(route: TopicRouteData, zoneName: string): TopicRouteData {
  const zone = zoneName.toLowerCase()
  const isKept = (broker: TopicRouteData['brokerDatas'][number]) =>
    !broker.brokerAddrs.has(masterId) || broker.zoneName?.toLowerCase() === zone
  const dropped = route.brokerDatas.filter((broker) => !isKept(broker))
  const droppedNames = new Set(dropped.map(({ brokerName }) => brokerName))
  const droppedAddresses = new Set(dropped.flatMap(({ brokerAddrs }) => [...brokerAddrs.values()]))
  const filterServers = Object.entries(route.filterServerTable).filter(([address]) => !droppedAddresses.has(address))
  return {
    ...route,
    brokerDatas: route.brokerDatas.filter(isKept),
    queueDatas: route.queueDatas.filter(({ brokerName }) => !droppedNames.has(brokerName)),
    filterServerTable: Object.fromEntries(filterServers),
  }
}
