import type { Clock } from '@cometmq/platform'
import { getAllProducerInfo } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { ProducerGroups } from '../../connections/producer-groups.ts'

/** GET_ALL_PRODUCER_INFO: all producers that are connected, by group. */
export const allProducers = handle(
  getAllProducerInfo,
  ({ producers, clock }: { producers: ProducerGroups; clock: Clock }) =>
    () => {
      const sinceEpoch = clock.now() - clock.monotonicMs()
      const data = Array.from(producers.all(), ([group, members]) => [
        group,
        Array.from(members.values(), ({ peer, clientId, language, version, lastHeartbeatMs }) => ({
          clientId,
          language,
          lastUpdateTimestamp: Math.round(sinceEpoch + lastHeartbeatMs),
          remoteIP: `/${peer.name}`,
          version,
        })),
      ])
      return { body: { data: Object.fromEntries(data) } }
    },
)
