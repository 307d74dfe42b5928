import { consumeStatsList } from '../../bodies/consume-stats.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean } from '../../fields.ts'

/** GET_BROKER_CONSUME_STATS: how far all groups of a broker are. */
export const getBrokerConsumeStats = defineCommand({
  code: 317,
  name: 'GET_BROKER_CONSUME_STATS',
  action: 'get',
  request: {
    /** Only topics that are consumed in order. */
    isOrder: boolean({ default: false }),
  },
  responseBody: consumeStatsList,
})
export type GetBrokerConsumeStatsRequest = RequestOf<typeof getBrokerConsumeStats>
