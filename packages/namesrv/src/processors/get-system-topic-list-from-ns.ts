import { getSystemTopicListFromNs as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { RouteTable } from '../routing/route-table.ts'
import { systemTopics } from '../routing/topic-lists.ts'

export const getSystemTopicListFromNs = handle(command, ({ table }: { table: RouteTable }) => () => ({
  body: systemTopics(table),
}))
