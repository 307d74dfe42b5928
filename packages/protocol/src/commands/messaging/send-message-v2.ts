import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'
import { sendMessageResponse } from './send-message.ts'

/** The fields of SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE. */
export const sendMessageV2Request = {
  /** Old producers leave it out. */
  producerGroup: string({ wire: 'a', default: '' }),
  topic: string({ wire: 'b', resource: 'topic' }),
  defaultTopic: string({ wire: 'c' }),
  defaultTopicQueueNums: int32({ wire: 'd' }),
  queueId: int32({ wire: 'e' }),
  sysFlag: int32({ wire: 'f' }),
  bornTimestamp: int64({ wire: 'g' }),
  flag: int32({ wire: 'h' }),
  properties: string({ wire: 'i', optional: true }),
  reconsumeTimes: int32({ wire: 'j', default: 0 }),
  unitMode: boolean({ wire: 'k', default: false }),
  maxReconsumeTimes: int32({ wire: 'l', optional: true }),
  batch: boolean({ wire: 'm', default: false }),
  brokerName: string({ wire: 'n', optional: true }),
}

/** SEND_MESSAGE_V2: send one message, with the one-letter names that clients use since 3.x; a batch when `batch` is set. */
export const sendMessageV2 = defineCommand({
  code: 310,
  name: 'SEND_MESSAGE_V2',
  action: 'pub',
  request: sendMessageV2Request,
  response: sendMessageResponse,
})
export type SendMessageV2Request = RequestOf<typeof sendMessageV2>
export type SendMessageV2Response = ResponseOf<typeof sendMessageV2>
