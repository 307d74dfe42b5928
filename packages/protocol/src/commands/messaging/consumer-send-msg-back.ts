import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** CONSUMER_SEND_MSG_BACK: a consumer failed on a message and wants it again later. */
export const consumerSendMsgBack = defineCommand({
  code: 36,
  name: 'CONSUMER_SEND_MSG_BACK',
  action: 'sub',
  request: {
    /** Where the message is in the commit log. */
    offset: int64(),
    group: string({ resource: 'group' }),
    /** 0: the broker chooses by the number of attempts; below 0: to the dead letters. */
    delayLevel: int32(),
    originMsgId: string({ optional: true }),
    originTopic: string({ resource: 'topic', optional: true }),
    unitMode: boolean({ default: false }),
    maxReconsumeTimes: int32({ optional: true }),
    brokerName: string({ wire: 'bname', optional: true }),
  },
})
export type ConsumerSendMsgBackRequest = RequestOf<typeof consumerSendMsgBack>
