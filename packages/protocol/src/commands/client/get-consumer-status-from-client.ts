import { consumerStatus } from '../../bodies/queue-offsets.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_CONSUMER_STATUS_FROM_CLIENT: a broker asks a consumer where it is. */
export const getConsumerStatusFromClient = defineCommand({
  code: 221,
  name: 'GET_CONSUMER_STATUS_FROM_CLIENT',
  action: 'any',
  request: {
    topic: string({ resource: 'topic' }),
    group: string({ resource: 'group' }),
    clientAddr: string({ optional: true }),
  },
  responseBody: consumerStatus,
})
export type GetConsumerStatusFromClientRequest = RequestOf<typeof getConsumerStatusFromClient>
