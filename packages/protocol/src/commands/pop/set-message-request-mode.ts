import { messageRequestMode } from '../../bodies/message-request-mode.ts'
import { defineCommand } from '../../define-command.ts'

/** SET_MESSAGE_REQUEST_MODE: whether the consumers of a group pull or pop a topic. */
export const setMessageRequestMode = defineCommand({
  code: 401,
  name: 'SET_MESSAGE_REQUEST_MODE',
  action: 'update',
  requestBody: messageRequestMode,
})
