import { brokerMemberGroup } from '../../bodies/tables.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_BROKER_MEMBER_GROUP: the live members of a broker name. */
export const getBrokerMemberGroup = defineCommand({
  code: 901,
  name: 'GET_BROKER_MEMBER_GROUP',
  action: 'get',
  request: { clusterName: string({ resource: 'cluster' }), brokerName: string() },
  responseBody: brokerMemberGroup,
})
export type GetBrokerMemberGroupRequest = RequestOf<typeof getBrokerMemberGroup>
