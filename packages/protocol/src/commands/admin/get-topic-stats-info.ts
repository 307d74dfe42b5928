import { topicStats } from '../../bodies/topic-stats.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_TOPIC_STATS_INFO: how far the queues of a topic are filled. */
export const getTopicStatsInfo = defineCommand({
  code: 202,
  name: 'GET_TOPIC_STATS_INFO',
  action: 'get',
  request: {
    topic: string({ resource: 'topic' }),
  },
  responseBody: topicStats,
})
export type GetTopicStatsInfoRequest = RequestOf<typeof getTopicStatsInfo>
