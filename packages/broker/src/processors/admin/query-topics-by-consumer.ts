import { queryTopicsByConsumer } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { ConsumerOffsets } from '../../offsets/consumer-offsets.ts'

/** QUERY_TOPICS_BY_CONSUMER: the topics in which a group has offsets. */
export const topicsOfGroup = handle(
  queryTopicsByConsumer,
  ({ offsets, brokerAddress }: { offsets: ConsumerOffsets; brokerAddress: () => string }) =>
    ({ group }) => ({ body: { brokerAddr: brokerAddress(), topicList: offsets.topicsOf(group) } }),
)
