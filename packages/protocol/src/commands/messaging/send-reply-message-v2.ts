import { defineCommand } from '../../define-command.ts'
import { sendMessageResponse } from './send-message.ts'
import { sendMessageV2Request } from './send-message-v2.ts'

/** SEND_REPLY_MESSAGE_V2: the same with one-letter names. */
export const sendReplyMessageV2 = defineCommand({
  code: 325,
  name: 'SEND_REPLY_MESSAGE_V2',
  action: 'pub',
  request: sendMessageV2Request,
  response: sendMessageResponse,
})
