import { subscriptionGroupConfig } from '../../bodies/subscription-group.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_SUBSCRIPTIONGROUP_CONFIG: the settings of one group. */
export const getSubscriptiongroupConfig = defineCommand({
  code: 352,
  name: 'GET_SUBSCRIPTIONGROUP_CONFIG',
  action: 'get',
  request: {
    group: string({ resource: 'group' }),
  },
  responseBody: subscriptionGroupConfig,
})
export type GetSubscriptiongroupConfigRequest = RequestOf<typeof getSubscriptiongroupConfig>
