import { optional } from '../../bodies/json.ts'
import { topicRoute } from '../../bodies/topic-route.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** REGISTER_TOPIC_IN_NAMESRV: enter the queues of a topic, the `queueDatas` of the body. */
export const registerTopicInNamesrv = defineCommand({
  code: 217,
  name: 'REGISTER_TOPIC_IN_NAMESRV',
  action: 'create',
  request: { topic: string({ resource: 'topic' }) },
  requestBody: optional(topicRoute),
})
export type RegisterTopicInNamesrvRequest = RequestOf<typeof registerTopicInNamesrv>
