import { queryTopicConsumeByWho } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { ConsumerGroups } from '../../connections/consumer-groups.ts'
import type { ConsumerOffsets } from '../../offsets/consumer-offsets.ts'

/** QUERY_TOPIC_CONSUME_BY_WHO: the groups that are subscribed to a topic now, and those that have offsets in it. */
export const groupsOfTopic = handle(
  queryTopicConsumeByWho,
  ({ consumers, offsets }: { consumers: ConsumerGroups; offsets: ConsumerOffsets }) =>
    ({ topic }) => {
      const subscribed = [...consumers.all()].filter(({ subscriptions }) => subscriptions.has(topic))
      return { body: { groupList: [...new Set([...subscribed.map(({ name }) => name), ...offsets.groupsOf(topic)])] } }
    },
)
