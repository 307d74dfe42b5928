import { groupSubscription } from '../../bodies/group-answers.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** QUERY_SUBSCRIPTION_BY_CONSUMER: what a group wants of a topic. */
export const querySubscriptionByConsumer = defineCommand({
  code: 345,
  name: 'QUERY_SUBSCRIPTION_BY_CONSUMER',
  action: 'get',
  request: {
    group: string({ resource: 'group' }),
    topic: string({ resource: 'topic', optional: true }),
  },
  responseBody: groupSubscription,
})
export type QuerySubscriptionByConsumerRequest = RequestOf<typeof querySubscriptionByConsumer>
