import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** PUSH_REPLY_MESSAGE_TO_CLIENT: the broker hands a producer the reply to its request; the body is the reply's, compressed when `sysFlag` says so. */
export const pushReplyMessageToClient = defineCommand({
  code: 326,
  name: 'PUSH_REPLY_MESSAGE_TO_CLIENT',
  action: 'any',
  request: {
    producerGroup: string(),
    topic: string({ resource: 'topic' }),
    defaultTopic: string(),
    defaultTopicQueueNums: int32(),
    queueId: int32(),
    sysFlag: int32(),
    bornTimestamp: int64(),
    flag: int32(),
    /** With CORRELATION_ID, by which the producer finds its request, and PUSH_REPLY_TIME. */
    properties: string({ optional: true }),
    reconsumeTimes: int32({ default: 0 }),
    unitMode: boolean({ default: false }),
    /** `host:port` of whoever replied. */
    bornHost: string(),
    /** `host:port` of the broker. */
    storeHost: string(),
    storeTimestamp: int64(),
  },
})
export type PushReplyMessageToClientRequest = RequestOf<typeof pushReplyMessageToClient>
