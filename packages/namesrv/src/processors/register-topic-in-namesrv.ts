import { registerTopicInNamesrv as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { RouteTable } from '../routing/route-table.ts'
import { registerTopic } from '../routing/topic-changes.ts'

export const registerTopicInNamesrv = handle(command, ({ table }: { table: RouteTable }) => ({ topic }, route) => {
  registerTopic(table, topic, route?.queueDatas ?? [])
  return {}
})
