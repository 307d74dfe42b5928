import { messageRequestModes } from '../../bodies/message-request-mode.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_ALL_MESSAGE_REQUEST_MODE: who pulls and who pops, as an administrator has said. */
export const getAllMessageRequestMode = defineCommand({
  code: 402,
  name: 'GET_ALL_MESSAGE_REQUEST_MODE',
  action: 'get',
  responseBody: messageRequestModes,
})
