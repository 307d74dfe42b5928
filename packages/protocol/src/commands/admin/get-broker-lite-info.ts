import { defineCommand } from '../../define-command.ts'

/** GET_BROKER_LITE_INFO: how many lite topics and subscriptions a broker has. Refused: there are no lite topics here. */
export const getBrokerLiteInfo = defineCommand({
  code: 200074,
  name: 'GET_BROKER_LITE_INFO',
  action: 'any',
})
