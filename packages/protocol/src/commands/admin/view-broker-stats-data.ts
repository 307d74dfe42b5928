import { brokerStatsData } from '../../bodies/broker-stats-data.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** VIEW_BROKER_STATS_DATA: statistics of one name and key, as TOPIC_PUT_NUMS of a topic. */
export const viewBrokerStatsData = defineCommand({
  code: 315,
  name: 'VIEW_BROKER_STATS_DATA',
  action: 'get',
  request: {
    statsName: string(),
    /** A topic, `topic@group`, or the name of the cluster, as the name wants it. */
    statsKey: string(),
  },
  responseBody: brokerStatsData,
})
export type ViewBrokerStatsDataRequest = RequestOf<typeof viewBrokerStatsData>
