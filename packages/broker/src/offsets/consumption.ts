import type { ConsumeOffset, ConsumeStats, MessageQueue } from '@cometmq/protocol/bodies'
import type { MessageStore } from '@cometmq/store'
import type { TopicTable } from '../topics/topic-table.ts'
import type { ConsumerOffsets } from './consumer-offsets.ts'

export interface ConsumptionDeps {
  store: MessageStore
  topics: TopicTable
  offsets: ConsumerOffsets
  options: { readonly brokerName: string }
}

/** How far a group is in the queues of a topic that can be read; a queue where it never was counts from 0. Source: AdminBrokerProcessor of Apache RocketMQ. */
export async function consumptionOf(
  deps: ConsumptionDeps,
  group: string,
  topic: string,
): Promise<[MessageQueue, ConsumeOffset][]> {
  const { store, topics, offsets, options } = deps
  const entries: [MessageQueue, ConsumeOffset][] = []
  const readQueueNums = topics.get(topic)?.readQueueNums ?? 0
  for (let queueId = 0; queueId < readQueueNums; queueId++) {
    const brokerOffset = Math.max(store.maxOffset(topic, queueId), 0)
    const consumerOffset = Math.max(offsets.get(group, topic, queueId) ?? 0, 0)
    const lastTimestamp = (await store.storeTime(topic, queueId, consumerOffset - 1)) ?? 0
    const queue = { brokerName: options.brokerName, queueId, topic }
    entries.push([queue, { brokerOffset, consumerOffset, lastTimestamp, pullOffset: consumerOffset }])
  }
  return entries
}

/** Messages that a group has not consumed. */
export function lagOf({ offsetTable }: ConsumeStats): number {
  let lag = 0
  for (const { brokerOffset, consumerOffset } of offsetTable.values()) lag += brokerOffset - consumerOffset
  return lag
}
