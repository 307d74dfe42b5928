import { responseCode } from '@cometmq/protocol'
import type { TopicStats } from '@cometmq/protocol/bodies'
import { getTopicStatsInfo } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import type { BrokerOptions } from '../../options.ts'
import type { TopicTable } from '../../topics/topic-table.ts'

interface Deps {
  store: MessageStore
  topics: TopicTable
  options: BrokerOptions
}

/** GET_TOPIC_STATS_INFO: first and last offset of each queue, and when its last message was stored. Also of queues that can only be read, or only be written. */
export const topicStatus = handle(getTopicStatsInfo, ({ store, topics, options }: Deps) => async ({ topic }) => {
  const config = topics.get(topic)
  if (config === undefined) throw new Refusal(responseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`)
  const offsetTable: TopicStats['offsetTable'] = new Map()
  for (let queueId = 0; queueId < Math.max(config.readQueueNums, config.writeQueueNums); queueId++) {
    const minOffset = Math.max(store.minOffset(topic, queueId), 0)
    const maxOffset = Math.max(store.maxOffset(topic, queueId), 0)
    const lastUpdateTimestamp = maxOffset === 0 ? 0 : ((await store.storeTime(topic, queueId, maxOffset - 1)) ?? 0)
    offsetTable.set({ brokerName: options.brokerName, queueId, topic }, { lastUpdateTimestamp, maxOffset, minOffset })
  }
  return { body: { offsetTable, topicPutTps: undefined } }
})
