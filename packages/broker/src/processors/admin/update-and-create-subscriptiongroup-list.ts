import { updateAndCreateSubscriptiongroupList } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'
import { checkedGroup } from '../../groups/wanted-group.ts'

/** UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST: several groups at once; none is changed when one is refused. */
export const updateGroups = handle(
  updateAndCreateSubscriptiongroupList,
  ({ groups }: { groups: SubscriptionGroups }) =>
    async (_request, { groupConfigList }) => {
      const wanted = groupConfigList.map((group) => checkedGroup(groups, group))
      if (wanted.length > 0) await groups.put(...wanted)
      return {}
    },
)
