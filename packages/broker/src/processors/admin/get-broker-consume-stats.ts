import type { ConsumeStats } from '@cometmq/protocol/bodies'
import { getBrokerConsumeStats } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { ConsumerGroups } from '../../connections/consumer-groups.ts'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'
import { type ConsumptionDeps, consumptionOf, lagOf } from '../../offsets/consumption.ts'

interface Deps extends ConsumptionDeps {
  consumers: ConsumerGroups
  groups: SubscriptionGroups
  brokerAddress: () => string
}

/** GET_BROKER_CONSUME_STATS: how far all groups are in all topics where they have offsets. */
export const brokerConsumeStatus = handle(getBrokerConsumeStats, (deps: Deps) => async ({ isOrder }) => {
  const consumeStatsList: Record<string, ConsumeStats[]>[] = []
  let totalDiff = 0
  let totalInflightDiff = 0
  for (const [group, topics] of deps.offsets.topicsByGroup()) {
    if (deps.groups.get(group) === undefined) continue
    const all: ConsumeStats[] = []
    for (const topic of topics.filter((name) => isAsked(deps, group, name, isOrder))) {
      const consumeTps = deps.handedOut.rate(group, topic)
      const stats = { consumeTps, offsetTable: new Map(await consumptionOf(deps, group, topic)) }
      const { lag, inflight } = lagOf(stats)
      totalDiff += lag
      totalInflightDiff += inflight
      all.push(stats)
    }
    consumeStatsList.push({ [group]: all })
  }
  return { body: { brokerAddr: deps.brokerAddress(), consumeStatsList, totalDiff, totalInflightDiff } }
})

function isAsked({ topics, consumers }: Deps, group: string, topic: string, isOrder: boolean): boolean {
  const config = topics.get(topic)
  if (config === undefined || (isOrder && !config.order)) return false
  const subscriptions = consumers.get(group)?.subscriptions
  return subscriptions === undefined || subscriptions.size === 0 || subscriptions.has(topic)
}
