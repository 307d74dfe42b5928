import type { ConsumeOffset, ConsumeStats, MessageQueue } from '@cometmq/protocol/bodies'
import type { MessageStore } from '@cometmq/store'
import type { TopicTable } from '../topics/topic-table.ts'
import type { ConsumerOffsets } from './consumer-offsets.ts'
import type { HandedOut } from './handed-out.ts'

export interface ConsumptionDeps {
  store: MessageStore
  topics: TopicTable
  offsets: ConsumerOffsets
  handedOut: HandedOut
  options: { readonly brokerName: string }
}

/** How far a group is in the queues of a topic that can be read; a queue where it never was counts from 0. Source: AdminBrokerProcessor of Apache RocketMQ. */
export async function consumptionOf(
  deps: ConsumptionDeps,
  group: string,
  topic: string,
): Promise<[MessageQueue, ConsumeOffset][]> {
  const { store, topics, offsets, handedOut, options } = deps
  const entries: [MessageQueue, ConsumeOffset][] = []
  const readQueueNums = topics.get(topic)?.readQueueNums ?? 0
  for (let queueId = 0; queueId < readQueueNums; queueId++) {
    const brokerOffset = Math.max(store.maxOffset(topic, queueId), 0)
    const consumerOffset = Math.max(offsets.get(group, topic, queueId) ?? 0, 0)
    const lastTimestamp = (await store.storeTime(topic, queueId, consumerOffset - 1)) ?? 0
    const pullOffset = Math.max(consumerOffset, handedOut.nextOffset(group, topic, queueId) ?? 0)
    const queue = { brokerName: options.brokerName, queueId, topic }
    entries.push([queue, { brokerOffset, consumerOffset, lastTimestamp, pullOffset }])
  }
  return entries
}

/** Messages that a group has not consumed, and those of them that it was given. */
export function lagOf({ offsetTable }: ConsumeStats): { lag: number; inflight: number } {
  let lag = 0
  let inflight = 0
  for (const { brokerOffset, consumerOffset, pullOffset = consumerOffset } of offsetTable.values()) {
    lag += brokerOffset - consumerOffset
    inflight += pullOffset - consumerOffset
  }
  return { lag, inflight }
}
