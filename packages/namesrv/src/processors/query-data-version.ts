import type { Clock } from '@cometmq/platform'
import { queryDataVersion as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { compareVersion } from '../routing/liveness.ts'
import type { RouteTable } from '../routing/route-table.ts'

interface QueryDataVersionDeps {
  table: RouteTable
  clock: Clock
}

/** A broker asks whether it has to register again. */
export const queryDataVersion = handle(command, ({ table, clock }: QueryDataVersionDeps) => (request, dataVersion) => {
  const { clusterName, brokerAddr } = request
  const broker = { cluster: clusterName, brokerAddress: brokerAddr, dataVersion }
  const { isChanged, known } = compareVersion(table, broker, clock.monotonicMs())
  return { fields: { changed: isChanged }, ...(known === undefined ? {} : { body: known }) }
})
