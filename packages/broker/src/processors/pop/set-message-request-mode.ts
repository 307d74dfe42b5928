import { responseCode } from '@cometmq/protocol'
import { setMessageRequestMode } from '@cometmq/protocol/commands/pop'
import { isRetryTopic } from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { LazyPop } from '../../pop/lazy-pop.ts'

/** SET_MESSAGE_REQUEST_MODE: whether a group pulls or pops a topic, for consumers who ask the broker for their queues. Answered when it is durable. */
export const requestMode = handle(setMessageRequestMode, ({ pop }: { pop: LazyPop }) => async (_request, mode) => {
  const { modes, deps } = pop.opened ?? (await pop.open())
  const { topic, consumerGroup } = mode
  if (isRetryTopic(topic)) throw new Refusal(responseCode.NO_PERMISSION, 'retry topic is not allowed to set mode')
  if (deps.topics.get(topic) === undefined)
    throw new Refusal(responseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist: create it first`)
  if (deps.groups.get(consumerGroup) === undefined)
    throw new Refusal(
      responseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `subscription group does not exist: ${consumerGroup}; create it first`,
    )
  await modes.set(mode)
  return {}
})
