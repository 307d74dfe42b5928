import { responseCode } from '@cometmq/protocol'
import { getSubscriptiongroupConfig } from '@cometmq/protocol/commands/admin'
import { checkGroupName } from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'

/** GET_SUBSCRIPTIONGROUP_CONFIG: one group; as with Apache RocketMQ the question makes it where groups are created by themselves. */
export const groupSettings = handle(
  getSubscriptiongroupConfig,
  ({ groups }: { groups: SubscriptionGroups }) =>
    ({ group }) => {
      const config = checkGroupName(group) === undefined ? groups.getOrCreate(group) : groups.get(group)
      if (config === undefined)
        throw new Refusal(responseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `No group in this broker. group: ${group}`)
      return { body: config }
    },
)
