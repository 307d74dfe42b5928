import { addWritePermOfBroker as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { RouteTable } from '../routing/route-table.ts'
import { addWritePermission } from '../routing/write-permission.ts'

export const addWritePermOfBroker = handle(command, ({ table }: { table: RouteTable }) => ({ brokerName }) => ({
  fields: { addTopicCount: addWritePermission(table, brokerName) },
}))
