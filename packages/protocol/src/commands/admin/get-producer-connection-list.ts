import { producerConnections } from '../../bodies/connections.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_PRODUCER_CONNECTION_LIST: the producers of a group that are connected. */
export const getProducerConnectionList = defineCommand({
  code: 204,
  name: 'GET_PRODUCER_CONNECTION_LIST',
  action: 'get',
  request: {
    producerGroup: string(),
  },
  responseBody: producerConnections,
})
export type GetProducerConnectionListRequest = RequestOf<typeof getProducerConnectionList>
