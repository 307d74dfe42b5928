import { consumerList } from '../../bodies/heartbeat.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_CONSUMER_LIST_BY_GROUP: the client ids that share a group's queues. */
export const getConsumerListByGroup = defineCommand({
  code: 38,
  name: 'GET_CONSUMER_LIST_BY_GROUP',
  action: 'get',
  request: { consumerGroup: string({ resource: 'group' }) },
  responseBody: consumerList,
})
export type GetConsumerListByGroupRequest = RequestOf<typeof getConsumerListByGroup>
