import { getAllSubscriptionGroupConfig } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'
import { pageOf } from './paging.ts'

/** GET_ALL_SUBSCRIPTIONGROUP_CONFIG: the consumer groups of this broker. */
export const allGroups = handle(
  getAllSubscriptionGroupConfig,
  ({ groups }: { groups: SubscriptionGroups }) =>
    ({ groupSeq, dataVersion, maxGroupNum }) => {
      const page = { seq: groupSeq, dataVersion, max: maxGroupNum }
      const { table, total } = pageOf(groups.all(), ({ groupName }) => groupName, page, groups.dataVersion)
      return {
        fields: { totalGroupNum: total },
        body: {
          dataVersion: groups.dataVersion,
          forbiddenTable: groups.forbidden,
          subscriptionGroupTable: table,
        },
      }
    },
)
