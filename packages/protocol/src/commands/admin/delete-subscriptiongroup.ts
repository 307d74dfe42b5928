import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, string } from '../../fields.ts'

/** DELETE_SUBSCRIPTIONGROUP: remove the settings of a group, and its offsets when asked. */
export const deleteSubscriptiongroup = defineCommand({
  code: 207,
  name: 'DELETE_SUBSCRIPTIONGROUP',
  action: 'delete',
  request: {
    groupName: string({ resource: 'group' }),
    cleanOffset: boolean({ default: false }),
  },
})
export type DeleteSubscriptiongroupRequest = RequestOf<typeof deleteSubscriptiongroup>
