import { responseCode } from '@cometmq/protocol'
import { getConsumerListByGroup } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { ConsumerGroups } from '../connections/consumer-groups.ts'

/** GET_CONSUMER_LIST_BY_GROUP: the client ids that share a group's queues. */
export const consumerList = handle(
  getConsumerListByGroup,
  ({ consumers }: { consumers: ConsumerGroups }) =>
    ({ consumerGroup }, _body, { peer }) => {
      const group = consumers.get(consumerGroup)
      if (group === undefined) {
        throw new Refusal(
          responseCode.SYSTEM_ERROR,
          `no consumer for this group, ${consumerGroup}: none is connected to this broker (asked by ${peer.name})`,
        )
      }
      return { body: { consumerIdList: group.clientIds() } }
    },
)
