import type { ConsumeStats } from '@cometmq/protocol/bodies'
import { type GetConsumeStatsRequest, getConsumeStats } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { ConsumerGroups } from '../../connections/consumer-groups.ts'
import { type ConsumptionDeps, consumptionOf } from '../../offsets/consumption.ts'

interface Deps extends ConsumptionDeps {
  consumers: ConsumerGroups
}

/** GET_CONSUME_STATS: how far a group is, in one topic, in several, or in all where it has offsets. */
export const consumeStatus = handle(getConsumeStats, (deps: Deps) => async (request) => {
  const offsetTable: ConsumeStats['offsetTable'] = new Map()
  let consumeTps = 0
  for (const topic of topicsOf(deps, request)) {
    consumeTps += deps.handedOut.rate(request.consumerGroup, topic)
    for (const [queue, offset] of await consumptionOf(deps, request.consumerGroup, topic))
      offsetTable.set(queue, offset)
  }
  return { body: { consumeTps, offsetTable } }
})

/** A topic that the connected consumers have left is passed over, unless the caller insists by a list. */
function topicsOf({ consumers, offsets }: Deps, request: GetConsumeStatsRequest): string[] {
  const { consumerGroup, topic = '', topicList = '' } = request
  const listed = topicList.split(';').filter((name) => name.trim() !== '')
  if (listed.length > 0) return listed
  const subscriptions = consumers.get(consumerGroup)?.subscriptions
  const names = topic.trim() === '' ? offsets.topicsOf(consumerGroup) : [topic]
  if (subscriptions === undefined || subscriptions.size === 0) return names
  return names.filter((name) => subscriptions.has(name))
}
