import { topicConfig } from '../../bodies/topic-config.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, string } from '../../fields.ts'

/** GET_TOPIC_CONFIG: one topic of a broker. */
export const getTopicConfig = defineCommand({
  code: 351,
  name: 'GET_TOPIC_CONFIG',
  action: 'get',
  request: { topic: string({ resource: 'topic' }), logical: boolean({ wire: 'lo', optional: true }) },
  responseBody: topicConfig,
})
export type GetTopicConfigRequest = RequestOf<typeof getTopicConfig>
