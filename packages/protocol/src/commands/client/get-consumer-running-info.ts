import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, string } from '../../fields.ts'

/** GET_CONSUMER_RUNNING_INFO: what a consumer is doing; a broker passes it on and does not read the answer. */
export const getConsumerRunningInfo = defineCommand({
  code: 307,
  name: 'GET_CONSUMER_RUNNING_INFO',
  action: 'get',
  request: {
    consumerGroup: string({ resource: 'group' }),
    clientId: string(),
    jstackEnable: boolean({ default: false }),
  },
})
export type GetConsumerRunningInfoRequest = RequestOf<typeof getConsumerRunningInfo>
