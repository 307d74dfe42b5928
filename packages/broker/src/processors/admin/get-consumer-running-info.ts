import { getConsumerRunningInfo } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { askConsumer, consumerNamed } from '../../connections/ask-consumer.ts'
import type { ConsumerGroups } from '../../connections/consumer-groups.ts'

/** GET_CONSUMER_RUNNING_INFO: a consumer is asked what it is doing; its answer is passed on unread. */
export const runningInfo = handle(
  getConsumerRunningInfo,
  ({ consumers }: { consumers: ConsumerGroups }) =>
    (request, _body, context) => {
      const { consumerGroup, clientId } = request
      const member = consumerNamed(consumers, consumerGroup, clientId)
      context.hold()
      return askConsumer(member, consumerGroup, getConsumerRunningInfo, request)
    },
)
