import { consumeTimeSpans } from '../../bodies/consume-stats.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** QUERY_CONSUME_TIME_SPAN: how late a group is, by the clock, in the queues of a topic. */
export const queryConsumeTimeSpan = defineCommand({
  code: 303,
  name: 'QUERY_CONSUME_TIME_SPAN',
  action: 'get',
  request: {
    topic: string({ resource: 'topic' }),
    group: string({ resource: 'group' }),
  },
  responseBody: consumeTimeSpans,
})
export type QueryConsumeTimeSpanRequest = RequestOf<typeof queryConsumeTimeSpan>
