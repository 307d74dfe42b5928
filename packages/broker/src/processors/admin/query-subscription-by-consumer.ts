import { querySubscriptionByConsumer } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { ConsumerGroups } from '../../connections/consumer-groups.ts'

/** QUERY_SUBSCRIPTION_BY_CONSUMER: what a group wants of a topic; nothing is said of a group that is not connected. */
export const subscriptionOfGroup = handle(
  querySubscriptionByConsumer,
  ({ consumers }: { consumers: ConsumerGroups }) =>
    ({ group, topic }) => ({
      body: { group, topic, subscriptionData: consumers.get(group)?.subscriptions.get(topic ?? '') },
    }),
)
