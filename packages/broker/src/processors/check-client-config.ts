import { responseCode } from '@cometmq/protocol'
import { checkClientConfig } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'

/** CHECK_CLIENT_CONFIG: whether a subscription's filter can be served. */
export const checkClient = handle(checkClientConfig, () => (_request, { subscriptionData }) => {
  const type = subscriptionData.expressionType
  if (type === undefined || type === '' || type === 'TAG') return {}
  throw new Refusal(
    responseCode.SYSTEM_ERROR,
    `The broker does not support consumer to filter message by ${type}: only tag expressions are supported yet`,
  )
})
