import { defineCommand } from '../../define-command.ts'

/** GET_LITE_CLIENT_INFO: the lite topics that a client subscribes to. Refused: there are no lite topics here. */
export const getLiteClientInfo = defineCommand({
  code: 200077,
  name: 'GET_LITE_CLIENT_INFO',
  action: 'any',
})
