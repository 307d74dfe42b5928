import { responseCode } from '@cometmq/protocol'
import { getConsumerConnectionList } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'
import type { ConsumerGroups, Member } from '../../connections/consumer-groups.ts'

/** GET_CONSUMER_CONNECTION_LIST: who is connected of a group, and what the group is subscribed to. */
export const consumerConnectionList = handle(
  getConsumerConnectionList,
  ({ consumers }: { consumers: ConsumerGroups }) =>
    ({ consumerGroup }) => {
      const group = consumers.get(consumerGroup)
      if (group === undefined) {
        throw new Refusal(responseCode.CONSUMER_NOT_ONLINE, `the consumer group[${consumerGroup}] not online`)
      }
      const { consumeFromWhere, consumeType, messageModel, members, subscriptions } = group
      return {
        body: {
          connectionSet: Array.from(members.values(), connectionOf),
          consumeFromWhere,
          consumeType,
          messageModel,
          subscriptionTable: Object.fromEntries(subscriptions),
        },
      }
    },
)

/** A client as administrators see it. */
export function connectionOf({ peer, clientId, language, version }: Member) {
  return { clientAddr: peer.name, clientId, language, version }
}
