import { ProtocolError, responseCode } from '@cometmq/protocol'
import { consumeMessageDirectly } from '@cometmq/protocol/commands'
import { decodeOffsetMsgId } from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import { askConsumer, consumerNamed } from '../../connections/ask-consumer.ts'
import type { ConsumerGroups } from '../../connections/consumer-groups.ts'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'
import type { TopicTable } from '../../topics/topic-table.ts'

interface Deps {
  store: MessageStore
  topics: TopicTable
  groups: SubscriptionGroups
  consumers: ConsumerGroups
  options: { readonly brokerName: string }
}

/** CONSUME_MESSAGE_DIRECTLY: one consumer is given one stored message, at once and besides its queue, and what becomes of it is passed back. */
export const consumeDirectly = handle(consumeMessageDirectly, (deps: Deps) => async (request, _body, context) => {
  const { consumerGroup, clientId = '', msgId, topic = '' } = request
  const { topics, groups, consumers, options } = deps
  const member = consumerNamed(consumers, consumerGroup, clientId)
  const record = await recordOf(deps.store, msgId)
  context.hold()
  return askConsumer(
    member,
    consumerGroup,
    consumeMessageDirectly,
    {
      ...request,
      brokerName: options.brokerName,
      topicSysFlag: topics.get(topic)?.topicSysFlag,
      groupSysFlag: groups.get(consumerGroup)?.groupSysFlag,
    },
    record,
  )
})

async function recordOf(store: MessageStore, msgId = ''): Promise<Buffer> {
  const record = await store.recordAt(offsetOf(msgId), { inTurn: true })
  if (record !== undefined) return record
  throw new Refusal(responseCode.SYSTEM_ERROR, `this broker's log has no message where ${msgId} says it is`)
}

function offsetOf(msgId: string): number {
  try {
    return decodeOffsetMsgId(msgId).physicalOffset
  } catch (error) {
    if (error instanceof ProtocolError) throw new Refusal(responseCode.SYSTEM_ERROR, error.message, { cause: error })
    throw error
  }
}
