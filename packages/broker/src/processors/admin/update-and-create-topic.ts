import { responseCode } from '@cometmq/protocol'
import type { TopicConfig } from '@cometmq/protocol/bodies'
import { updateAndCreateTopic } from '@cometmq/protocol/commands'
import { checkTopicName, isForbiddenToSend } from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import { brokerLimits } from '../../limits.ts'
import { AttributeFlaw, changedAttributes } from '../../topics/topic-attributes.ts'
import type { TopicTable } from '../../topics/topic-table.ts'

/** UPDATE_AND_CREATE_TOPIC: an administrator makes a topic or changes one. */
export const updateTopic = handle(updateAndCreateTopic, ({ topics }: { topics: TopicTable }) => async (request) => {
  const flaw = checkTopicName(request.topic)
  if (flaw !== undefined) throw new Refusal(responseCode.INVALID_PARAMETER, flaw)
  if (isForbiddenToSend(request.topic))
    throw new Refusal(responseCode.INVALID_PARAMETER, `The topic[${request.topic}] is conflict with system topic.`)
  const { readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order } = request
  for (const queues of [readQueueNums, writeQueueNums]) {
    if (queues < 0 || queues > brokerLimits.queuesPerTopic) {
      throw new Refusal(
        responseCode.INVALID_PARAMETER,
        `${queues} queues for topic ${request.topic}: a topic has 0 to ${brokerLimits.queuesPerTopic}`,
      )
    }
  }
  const attributes = attributesOf(topics.get(request.topic), request.attributes)
  await topics.put({
    topicName: request.topic,
    readQueueNums,
    writeQueueNums,
    perm,
    topicFilterType: topicFilterType === 'MULTI_TAG' ? 'MULTI_TAG' : 'SINGLE_TAG',
    topicSysFlag: topicSysFlag ?? 0,
    order,
    attributes,
  })
  return {}
})

function attributesOf(topic: TopicConfig | undefined, change: string | undefined): Record<string, string> {
  try {
    return changedAttributes(topic?.attributes, change ?? '')
  } catch (error) {
    if (error instanceof AttributeFlaw) throw new Refusal(responseCode.SYSTEM_ERROR, error.message, { cause: error })
    throw error
  }
}
