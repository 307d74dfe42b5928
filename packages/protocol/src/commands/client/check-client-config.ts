import { checkClientRequest } from '../../bodies/subscription-data.ts'
import { defineCommand } from '../../define-command.ts'

/** CHECK_CLIENT_CONFIG: whether the broker can serve a subscription that is not by tag. */
export const checkClientConfig = defineCommand({
  code: 46,
  name: 'CHECK_CLIENT_CONFIG',
  action: 'sub',
  requestBody: checkClientRequest,
})
