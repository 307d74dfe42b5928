import type { MessageQueue, QueryAssignmentRequestBody } from '@cometmq/protocol/bodies'
import { queryAssignment } from '@cometmq/protocol/commands/pop'
import { isRetryTopic } from '@cometmq/protocol/message'
import { handle } from '@cometmq/remoting'
import { allotForPop, allotments, sortedQueues } from '../../pop/allotment.ts'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import type { Pop } from '../../pop/pop.ts'

/** QUERY_ASSIGNMENT: the queues that a consumer is to read, and whether it pulls or pops them. Source: QueryAssignmentProcessor of Apache RocketMQ 5.5.0. */
export const assignment = handle(queryAssignment, ({ pop }: { pop: LazyPop }) => async (_request, body) => {
  const rooms = pop.opened ?? (await pop.open())
  const { mode, shared } = modeOf(rooms, body)
  const queues = await queuesFor(rooms, body, mode === 'POP' ? shared : undefined)
  return { body: { messageQueueAssignments: queues?.map((messageQueue) => ({ messageQueue, mode })) } }
})

/** What an administrator has said goes before what the broker's options say. */
function modeOf({ modes, deps }: Pop, { topic, consumerGroup }: QueryAssignmentRequestBody) {
  const { messageRequestMode, popShareQueues } = deps.options
  const said = modes.get(topic, consumerGroup)
  if (said !== undefined) return { mode: said.mode, shared: said.popShareQueueNum }
  return { mode: isRetryTopic(topic) ? 'PULL' : messageRequestMode, shared: popShareQueues } as const
}

/** `undefined`: it is not known, and the consumer keeps what it has. */
async function queuesFor(
  { deps, routes }: Pop,
  { topic, consumerGroup, messageModel, clientId, strategyName }: QueryAssignmentRequestBody,
  shared: number | undefined,
): Promise<MessageQueue[] | undefined> {
  const queues = sortedQueues(await routes.queuesOf(topic))
  if (messageModel === 'BROADCASTING') return queues
  if (queues.length === 0) return undefined
  if (!deps.options.serverLoadBalancer) return queues
  const clientIds = deps.consumers.get(consumerGroup)?.clientIds().toSorted()
  if (clientIds === undefined) return undefined
  const allot = Object.hasOwn(allotments, strategyName ?? '') ? allotments[strategyName!] : undefined
  if (allot === undefined) return undefined
  const wish = { queues, clientIds, clientId }
  return shared === undefined ? allot(wish) : allotForPop(allot, wish, shared)
}
