import { consumeStats } from '../../bodies/consume-stats.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_CONSUME_STATS: how far a group is in the queues of its topics. */
export const getConsumeStats = defineCommand({
  code: 208,
  name: 'GET_CONSUME_STATS',
  action: 'get',
  request: {
    consumerGroup: string({ resource: 'group' }),
    topic: string({ resource: 'topic', optional: true }),
    /** Several topics with `;` between; goes before `topic`. Since 5.x. */
    topicList: string({ optional: true }),
  },
  responseBody: consumeStats,
})
export type GetConsumeStatsRequest = RequestOf<typeof getConsumeStats>
