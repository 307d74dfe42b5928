import { getBrokerClusterInfo as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { clusterInfoOf } from '../routing/clusters.ts'
import type { RouteTable } from '../routing/route-table.ts'

export const getBrokerClusterInfo = handle(command, ({ table }: { table: RouteTable }) => () => ({
  body: clusterInfoOf(table),
}))
