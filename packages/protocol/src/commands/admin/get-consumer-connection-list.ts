import { consumerConnections } from '../../bodies/connections.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_CONSUMER_CONNECTION_LIST: the consumers of a group that are connected. */
export const getConsumerConnectionList = defineCommand({
  code: 203,
  name: 'GET_CONSUMER_CONNECTION_LIST',
  action: 'get',
  request: {
    consumerGroup: string({ resource: 'group' }),
  },
  responseBody: consumerConnections,
})
export type GetConsumerConnectionListRequest = RequestOf<typeof getConsumerConnectionList>
