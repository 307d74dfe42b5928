import { subscriptionGroupTable } from '../../bodies/subscription-group.ts'
import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, string } from '../../fields.ts'

/** GET_ALL_SUBSCRIPTIONGROUP_CONFIG: all groups of a broker, or, with any of the fields, one page of them. */
export const getAllSubscriptionGroupConfig = defineCommand({
  code: 201,
  name: 'GET_ALL_SUBSCRIPTIONGROUP_CONFIG',
  action: 'list',
  request: {
    groupSeq: int32({ optional: true }),
    /** The DataVersion of the page before, as JSON. */
    dataVersion: string({ optional: true }),
    maxGroupNum: int32({ optional: true }),
  },
  response: { totalGroupNum: int32({ optional: true }) },
  responseBody: subscriptionGroupTable,
})
export type GetAllSubscriptionGroupConfigRequest = RequestOf<typeof getAllSubscriptionGroupConfig>
export type GetAllSubscriptionGroupConfigResponse = ResponseOf<typeof getAllSubscriptionGroupConfig>
