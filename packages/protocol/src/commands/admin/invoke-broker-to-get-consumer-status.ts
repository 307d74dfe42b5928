import { consumerStatus } from '../../bodies/queue-offsets.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** INVOKE_BROKER_TO_GET_CONSUMER_STATUS: ask the consumers of a group where they are. */
export const invokeBrokerToGetConsumerStatus = defineCommand({
  code: 223,
  name: 'INVOKE_BROKER_TO_GET_CONSUMER_STATUS',
  action: 'get',
  request: {
    topic: string({ resource: 'topic' }),
    group: string({ resource: 'group' }),
    /** The id of one client; all of the group otherwise. */
    clientAddr: string({ optional: true }),
  },
  responseBody: consumerStatus,
})
export type InvokeBrokerToGetConsumerStatusRequest = RequestOf<typeof invokeBrokerToGetConsumerStatus>
