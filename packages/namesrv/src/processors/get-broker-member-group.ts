import { getBrokerMemberGroup as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { memberGroupOf } from '../routing/clusters.ts'
import type { RouteTable } from '../routing/route-table.ts'

export const getBrokerMemberGroup = handle(command, ({ table }: { table: RouteTable }) => (request) => ({
  body: { brokerMemberGroup: memberGroupOf(table, request.clusterName, request.brokerName) },
}))
