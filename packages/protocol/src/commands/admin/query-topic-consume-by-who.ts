import { groupList } from '../../bodies/group-answers.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** QUERY_TOPIC_CONSUME_BY_WHO: the groups that consume a topic, or have. */
export const queryTopicConsumeByWho = defineCommand({
  code: 300,
  name: 'QUERY_TOPIC_CONSUME_BY_WHO',
  action: 'get',
  request: {
    topic: string({ resource: 'topic' }),
  },
  responseBody: groupList,
})
export type QueryTopicConsumeByWhoRequest = RequestOf<typeof queryTopicConsumeByWho>
