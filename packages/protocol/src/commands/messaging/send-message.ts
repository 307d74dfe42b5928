import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** What every send is answered with when the message was stored. */
export const sendMessageResponse = {
  /** The offsetMsgId; a comma-joined list for a batch. */
  msgId: string(),
  queueId: int32(),
  /** Logical offset of the (first) message. */
  queueOffset: int64(),
  /** The message's UNIQ_KEY. */
  transactionId: string({ optional: true }),
  batchUniqId: string({ optional: true }),
  recallHandle: string({ optional: true }),
  regionId: string({ wire: 'MSG_REGION', optional: true }),
  traceOn: string({ wire: 'TRACE_ON', optional: true }),
}

/** The fields of SEND_MESSAGE. */
export const sendMessageRequest = {
  /** Old producers leave it out. */
  producerGroup: string({ default: '' }),
  topic: string({ resource: 'topic' }),
  defaultTopic: string(),
  defaultTopicQueueNums: int32(),
  queueId: int32(),
  sysFlag: int32(),
  bornTimestamp: int64(),
  flag: int32(),
  properties: string({ optional: true }),
  reconsumeTimes: int32({ default: 0 }),
  unitMode: boolean({ default: false }),
  maxReconsumeTimes: int32({ optional: true }),
  batch: boolean({ default: false }),
  brokerName: string({ wire: 'bname', optional: true }),
}

/** SEND_MESSAGE: send one message, with the long names of old clients. */
export const sendMessage = defineCommand({
  code: 10,
  name: 'SEND_MESSAGE',
  action: 'pub',
  request: sendMessageRequest,
  response: sendMessageResponse,
})
/** One shape for SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE. */
export type SendMessageRequest = RequestOf<typeof sendMessage>
