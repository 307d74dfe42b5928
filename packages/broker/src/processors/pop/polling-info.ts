import { pollingInfo } from '@cometmq/protocol/commands/pop'
import { handle } from '@cometmq/remoting'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import { poppedTopic, poppingGroup, refuseUnreadableBroker } from '../../pop/pop-checks.ts'

/** POLLING_INFO: how many pops of a group wait for a queue, or for any. Source: PollingInfoProcessor of Apache RocketMQ. */
export const countHeldPops = handle(pollingInfo, ({ pop }: { pop: LazyPop }) => async (request) => {
  const { deps, held } = pop.opened ?? (await pop.open())
  const { consumerGroup, topic, queueId } = request
  refuseUnreadableBroker(deps)
  poppedTopic(deps, topic, queueId)
  poppingGroup(deps, consumerGroup)
  return { fields: { pollingNum: held.sizeOf(consumerGroup, topic, queueId) } }
})
