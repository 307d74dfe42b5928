import { responseCode } from '@cometmq/protocol'
import { deleteTopicInBroker } from '@cometmq/protocol/commands/admin'
import { isSystemTopic, retryTopicOf } from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import type { HeldPulls } from '../../long-polling/held-pulls.ts'
import type { ConsumerOffsets } from '../../offsets/consumer-offsets.ts'
import type { HandedOut } from '../../offsets/handed-out.ts'
import type { OffsetResets } from '../../offsets/offset-resets.ts'
import type { BrokerOptions } from '../../options.ts'
import { builtInTopics } from '../../topics/built-in-topics.ts'
import type { TopicTable } from '../../topics/topic-table.ts'

interface Deps {
  store: MessageStore
  topics: TopicTable
  offsets: ConsumerOffsets
  resets: OffsetResets
  handedOut: HandedOut
  heldPulls: HeldPulls
  pop: { topicDeleted(topic: string): void }
  options: BrokerOptions
}

/**
 * DELETE_TOPIC_IN_BROKER: removes a topic with its queues, the offsets of all groups in it, and the retry topics that POP consumers have for it. In one turn nothing of
 * it can be seen any more; the answer comes when no crash brings any of it back. A topic that is not there is deleted already.
 * Source of names and codes: AdminBrokerProcessor of Apache RocketMQ.
 */
export const deleteTopic = handle(deleteTopicInBroker, (deps: Deps) => {
  const builtIn: ReadonlySet<string> = new Set(builtInTopics(deps.options).map(({ topicName }) => topicName))
  return async ({ topic }) => {
    if (topic.trim() === '') throw new Refusal(responseCode.INVALID_PARAMETER, 'The specified topic is blank.')
    if (isSystemTopic(topic) || builtIn.has(topic))
      throw new Refusal(responseCode.INVALID_PARAMETER, `The topic[${topic}] is conflict with system topic.`)
    const { store, topics, offsets, resets, handedOut, heldPulls, pop } = deps
    const names = [topic, ...popRetryTopics(deps, topic)]
    const isRemoved = topics.remove(names)
    const areForgotten = names.map((name) => store.deleteTopic(name))
    for (const name of names) {
      offsets.removeTopic(name)
      resets.removeTopic(name)
      handedOut.removeTopic(name)
      heldPulls.topicDeleted(name)
      pop.topicDeleted(name)
    }
    await Promise.all([isRemoved, offsets.save(), ...areForgotten])
    return {}
  }
})

function popRetryTopics({ topics, offsets, options }: Deps, topic: string): string[] {
  if (!options.clearRetryTopics) return []
  const names = offsets.groupsOf(topic).flatMap((group) => [`${group}_${topic}`, `${group}+${topic}`].map(retryTopicOf))
  return names.filter((name) => topics.get(name) !== undefined)
}
