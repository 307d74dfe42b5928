import { topicRoute } from '../../bodies/topic-route.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, string } from '../../fields.ts'

/** GET_ROUTEINFO_BY_TOPIC: where a topic's queues are. */
export const getRouteinfoByTopic = defineCommand({
  code: 105,
  name: 'GET_ROUTEINFO_BY_TOPIC',
  action: 'any',
  request: {
    topic: string({ resource: 'topic' }),
    /** Integer keys in quotes, whatever the client's version. */
    acceptStandardJsonOnly: boolean({ optional: true }),
  },
  responseBody: topicRoute,
})
export type GetRouteinfoByTopicRequest = RequestOf<typeof getRouteinfoByTopic>
