import type { QueueData, TopicList } from '@cometmq/protocol/bodies'
import { topicFlag } from './permission.ts'
import type { RouteTable } from './route-table.ts'

export function allTopics(table: RouteTable): TopicList {
  return { topicList: [...table.topics.keys()] }
}

/** Topics with queues on any broker of the cluster; none for an unknown cluster. */
export function topicsOfCluster(table: RouteTable, cluster: string): TopicList {
  const names = table.clusters.get(cluster)
  if (names === undefined) return { topicList: [] }
  return { topicList: topicsWhere(table, (byBroker) => [...byBroker.keys()].some((name) => names.has(name))) }
}

/** The topics that every broker makes for itself: named like clusters and brokers. With them goes the address of one broker that has more. */
export function systemTopics(table: RouteTable): TopicList {
  const topicList = [...new Set([...table.clusters.keys(), ...table.brokers.keys()])]
  for (const { addresses } of table.brokers.values()) {
    for (const brokerAddr of addresses.values()) return { topicList, brokerAddr }
  }
  return { topicList }
}

export function unitTopics(table: RouteTable): TopicList {
  return { topicList: topicsFlagged(table, (flags) => (flags & topicFlag.unit) !== 0) }
}

export function unitSubscriptionTopics(table: RouteTable): TopicList {
  return { topicList: topicsFlagged(table, (flags) => (flags & topicFlag.unitSubscription) !== 0) }
}

export function unitSubscriptionOnlyTopics(table: RouteTable): TopicList {
  const both = topicFlag.unit | topicFlag.unitSubscription
  return { topicList: topicsFlagged(table, (flags) => (flags & both) === topicFlag.unitSubscription) }
}

/** The first broker's flags speak for the topic. */
function topicsFlagged(table: RouteTable, accepts: (flags: number) => boolean): string[] {
  return topicsWhere(table, (byBroker) => {
    for (const { topicSysFlag } of byBroker.values()) return accepts(topicSysFlag)
    return false
  })
}

function topicsWhere(table: RouteTable, accepts: (byBroker: ReadonlyMap<string, QueueData>) => boolean): string[] {
  return [...table.topics].flatMap(([topic, byBroker]) => (accepts(byBroker) ? [topic] : []))
}
