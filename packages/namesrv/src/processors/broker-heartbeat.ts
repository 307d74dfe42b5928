import type { Clock } from '@cometmq/platform'
import { brokerHeartbeat as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { heartbeat } from '../routing/liveness.ts'
import type { RouteTable } from '../routing/route-table.ts'

interface BrokerHeartbeatDeps {
  table: RouteTable
  clock: Clock
}

export const brokerHeartbeat = handle(command, ({ table, clock }: BrokerHeartbeatDeps) => (request) => {
  heartbeat(table, request.clusterName, request.brokerAddr, clock.monotonicMs())
  return {}
})
