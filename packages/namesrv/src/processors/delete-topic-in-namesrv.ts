import { deleteTopicInNamesrv as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { RouteTable } from '../routing/route-table.ts'
import { deleteTopic } from '../routing/topic-changes.ts'

export const deleteTopicInNamesrv = handle(command, ({ table }: { table: RouteTable }) => ({ topic, clusterName }) => {
  deleteTopic(table, topic, clusterName)
  return {}
})
