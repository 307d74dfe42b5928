import { topicList } from '../../bodies/tables.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** QUERY_TOPICS_BY_CONSUMER: the topics in which a group has offsets. */
export const queryTopicsByConsumer = defineCommand({
  code: 343,
  name: 'QUERY_TOPICS_BY_CONSUMER',
  action: 'get',
  request: {
    group: string({ resource: 'group' }),
  },
  responseBody: topicList,
})
export type QueryTopicsByConsumerRequest = RequestOf<typeof queryTopicsByConsumer>
