import { updateAndCreateSubscriptiongroup } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'
import { checkedGroup } from '../../groups/wanted-group.ts'

/** UPDATE_AND_CREATE_SUBSCRIPTIONGROUP: an administrator makes a consumer group, or replaces all of its settings but the attributes that are not named. */
export const updateGroup = handle(
  updateAndCreateSubscriptiongroup,
  ({ groups }: { groups: SubscriptionGroups }) =>
    async (_request, wanted) => {
      await groups.put(checkedGroup(groups, wanted))
      return {}
    },
)
