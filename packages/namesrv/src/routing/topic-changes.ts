import type { QueueData } from '@cometmq/protocol/bodies'
import { dropQueues, dropTopic, putQueues, type RouteTable } from './route-table.ts'

/** Forgets a topic, on the brokers of one cluster when it is named. What is not there needs no forgetting. */
export function deleteTopic(table: RouteTable, topic: string, cluster: string | undefined): void {
  if (cluster === undefined) return dropTopic(table, topic)
  for (const brokerName of table.clusters.get(cluster) ?? []) dropQueues(table, topic, brokerName)
}

/**
 * Enters a topic from its queues on several brokers, in their order up to the first broker that is not registered. For a topic that is new,
 * such a broker means that nothing is entered.
 */
export function registerTopic(table: RouteTable, topic: string, queues: readonly QueueData[]): void {
  const firstUnknown = queues.findIndex(({ brokerName }) => !table.brokers.has(brokerName))
  if (firstUnknown >= 0 && !table.topics.has(topic)) return
  for (const each of firstUnknown < 0 ? queues : queues.slice(0, firstUnknown)) putQueues(table, topic, each)
}
