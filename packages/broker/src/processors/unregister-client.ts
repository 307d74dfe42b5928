import { unregisterClient } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { ConsumerGroups } from '../connections/consumer-groups.ts'
import type { ProducerGroups } from '../connections/producer-groups.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'

interface Deps {
  consumers: ConsumerGroups
  producers: ProducerGroups
  groups: SubscriptionGroups
}

/** UNREGISTER_CLIENT: a client leaves its groups in good order. */
export const unregister = handle(
  unregisterClient,
  ({ consumers, producers, groups }: Deps) =>
    ({ producerGroup, consumerGroup }, _body, { peer }) => {
      if (producerGroup !== undefined) producers.unregister(producerGroup, peer)
      if (consumerGroup !== undefined)
        consumers.unregister(consumerGroup, peer, groups.get(consumerGroup)?.notifyConsumerIdsChangedEnable ?? true)
      return {}
    },
)
