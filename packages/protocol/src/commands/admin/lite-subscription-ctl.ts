import { defineCommand } from '../../define-command.ts'

/** LITE_SUBSCRIPTION_CTL: a proxy says which lite topics its clients subscribe to. Refused: there are no lite topics here. */
export const liteSubscriptionCtl = defineCommand({
  code: 200071,
  name: 'LITE_SUBSCRIPTION_CTL',
  action: 'any',
})
