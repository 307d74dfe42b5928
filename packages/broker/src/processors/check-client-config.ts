import { checkClientConfig } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { compiledSql, isTagType, refuseExpressionType, type SubscriptionDeps } from '../messaging/subscription-check.ts'

/** CHECK_CLIENT_CONFIG: whether a subscription's filter can be served. */
export const checkClient = handle(
  checkClientConfig,
  ({ filters, options }: Pick<SubscriptionDeps, 'filters' | 'options'>) =>
    async (_request, { subscriptionData }) => {
      const { expressionType: type, subString } = subscriptionData
      if (isTagType(type)) return {}
      refuseExpressionType(type, options)
      await compiledSql(filters, type, subString)
      return {}
    },
)
