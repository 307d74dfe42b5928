import { subscriptionGroupConfig } from '../../bodies/subscription-group.ts'
import { defineCommand } from '../../define-command.ts'

/** UPDATE_AND_CREATE_SUBSCRIPTIONGROUP: make a consumer group or replace its settings. */
export const updateAndCreateSubscriptiongroup = defineCommand({
  code: 200,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP',
  action: 'create',
  requestBody: subscriptionGroupConfig,
})
