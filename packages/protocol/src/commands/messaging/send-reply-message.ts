import { defineCommand } from '../../define-command.ts'
import { sendMessageRequest, sendMessageResponse } from './send-message.ts'

/** SEND_REPLY_MESSAGE: answer a request that came as a message; the broker passes the answer on to whoever asked. With the long names of old clients. */
export const sendReplyMessage = defineCommand({
  code: 324,
  name: 'SEND_REPLY_MESSAGE',
  action: 'pub',
  request: sendMessageRequest,
  response: sendMessageResponse,
})
