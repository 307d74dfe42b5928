import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { sendMessageResponse } from './send-message.ts'
import { sendMessageV2Request } from './send-message-v2.ts'

/** SEND_BATCH_MESSAGE: send several messages of one topic in one record; the body is a batch, see `message/batch.ts`. */
export const sendBatchMessage = defineCommand({
  code: 320,
  name: 'SEND_BATCH_MESSAGE',
  action: 'pub',
  request: sendMessageV2Request,
  response: sendMessageResponse,
})
export type SendBatchMessageRequest = RequestOf<typeof sendBatchMessage>
export type SendBatchMessageResponse = ResponseOf<typeof sendBatchMessage>
