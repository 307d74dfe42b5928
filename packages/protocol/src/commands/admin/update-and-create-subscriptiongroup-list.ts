import { groupConfigList } from '../../bodies/group-answers.ts'
import { defineCommand } from '../../define-command.ts'

/** UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST: make or replace several groups, all of them or none. */
export const updateAndCreateSubscriptiongroupList = defineCommand({
  code: 225,
  name: 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST',
  action: 'create',
  requestBody: groupConfigList,
})
