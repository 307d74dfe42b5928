import { responseCode } from '@cometmq/protocol'
import { updateConsumerOffset } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { OffsetResets } from '../offsets/offset-resets.ts'
import type { TopicTable } from '../topics/topic-table.ts'

interface Deps {
  offsets: ConsumerOffsets
  resets: OffsetResets
  groups: SubscriptionGroups
  topics: TopicTable
}

/** UPDATE_CONSUMER_OFFSET: a group commits where it is in a queue; smaller offsets are taken too. */
export const updateOffset = handle(updateConsumerOffset, ({ offsets, resets, groups, topics }: Deps) => (request) => {
  const { consumerGroup, topic, queueId, commitOffset } = request
  if (groups.get(consumerGroup) === undefined)
    throw new Refusal(responseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${consumerGroup} not exist!`)
  if (topics.get(topic) === undefined) throw new Refusal(responseCode.TOPIC_NOT_EXIST, `Topic ${topic} not exist!`)
  if (queueId === undefined) throw new Refusal(responseCode.INVALID_PARAMETER, `QueueId is null, topic is ${topic}`)
  if (commitOffset === undefined) throw new Refusal(responseCode.INVALID_PARAMETER, `Offset is null, topic is ${topic}`)
  if (resets.has(consumerGroup, topic, queueId)) return { remark: 'Offset has been previously reset' }
  offsets.commit(consumerGroup, topic, queueId, commitOffset)
  return {}
})
