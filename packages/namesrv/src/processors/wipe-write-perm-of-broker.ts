import { wipeWritePermOfBroker as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { RouteTable } from '../routing/route-table.ts'
import { wipeWritePermission } from '../routing/write-permission.ts'

export const wipeWritePermOfBroker = handle(command, ({ table }: { table: RouteTable }) => ({ brokerName }) => ({
  fields: { wipeTopicCount: wipeWritePermission(table, brokerName) },
}))
