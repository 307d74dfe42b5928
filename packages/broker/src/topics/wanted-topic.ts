import { responseCode } from '@cometmq/protocol'
import type { TopicConfig } from '@cometmq/protocol/bodies'
import { checkTopicName, isSystemTopic } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'
import { liteTopicsNotSupported } from '../lite-topics.ts'
import { AttributeFlaw } from './topic-attributes.ts'
import type { TopicTable } from './topic-table.ts'

/** A topic as an administrator wants it, its attributes aside. */
export type WantedTopic = Omit<TopicConfig, 'attributes'>

export interface WantedTopicDeps {
  topics: TopicTable
  options: { readonly clusterName: string; readonly brokerName: string }
}

/**
 * The topic to be stored, with its attributes after the change. Source of order, codes and remarks: AdminBrokerProcessor of Apache RocketMQ.
 * @throws Refusal
 */
export function checkedTopic(
  { topics, options }: WantedTopicDeps,
  wanted: WantedTopic,
  changed: (current: Readonly<Record<string, string>> | undefined) => Record<string, string>,
): TopicConfig {
  const { topicName, readQueueNums, writeQueueNums } = wanted
  const flaw = checkTopicName(topicName)
  if (flaw !== undefined) throw new Refusal(responseCode.INVALID_PARAMETER, flaw)
  const isOwn = topicName === options.clusterName || topicName === options.brokerName
  if (isOwn || isSystemTopic(topicName))
    throw new Refusal(responseCode.INVALID_PARAMETER, `The topic[${topicName}] is conflict with system topic.`)
  for (const queues of [readQueueNums, writeQueueNums]) {
    if (queues < 0 || queues > brokerLimits.queuesPerTopic) {
      throw new Refusal(
        responseCode.INVALID_PARAMETER,
        `${queues} queues for topic ${topicName}: a topic has 0 to ${brokerLimits.queuesPerTopic}`,
      )
    }
  }
  const current = topics.get(topicName)
  const attributes = attributesOrRefusal(() => changed(current?.attributes))
  if (attributes['message.type'] === 'MIXED' && current?.attributes['message.type'] !== 'MIXED')
    throw new Refusal(responseCode.INVALID_PARAMETER, 'MIXED message type is not supported.')
  if (attributes['message.type'] === 'LITE' && current?.attributes['message.type'] !== 'LITE')
    throw liteTopicsNotSupported(`message.type=LITE of ${topicName} is refused`, responseCode.INVALID_PARAMETER)
  return { ...wanted, attributes }
}

/** @throws Refusal for attributes that cannot be changed so */
export function attributesOrRefusal<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof AttributeFlaw) throw new Refusal(responseCode.SYSTEM_ERROR, error.message, { cause: error })
    throw error
  }
}
