import { responseCode } from '@cometmq/protocol'
import { viewBrokerStatsData } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'
import type { BrokerStats } from '../../stats/broker-stats.ts'

/** VIEW_BROKER_STATS_DATA: how much of what a name and a key stand for there was in the last minute, hour and day. */
export const brokerStatsData = handle(
  viewBrokerStatsData,
  ({ stats }: { stats: BrokerStats }) =>
    ({ statsName, statsKey }) => {
      const figures = stats.view(statsName, statsKey)
      if (figures === undefined)
        throw new Refusal(
          responseCode.SYSTEM_ERROR,
          `The stats <${statsName}> <${statsKey}> not exist: nothing of that kind was counted since the broker started`,
        )
      return { body: figures }
    },
)
