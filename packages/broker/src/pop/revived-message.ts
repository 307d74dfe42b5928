import {
  propertyNames,
  propertyOf,
  retryTopicPrefix,
  type StoredMessage,
  withProperties,
} from '@cometmq/protocol/message'
import type { MessageToStore } from '@cometmq/store'
import type { CheckPoint } from './check-point.ts'
import { popRetryTopicV1, popRetryTopicV2 } from './retry-topics.ts'

/** Where the messages of a batch come again; one that has come again before stays in its retry topic. */
export function retryTopicFor({ topic, group }: CheckPoint, isV2: boolean): string {
  if (topic.startsWith(retryTopicPrefix)) return topic
  return isV2 ? popRetryTopicV2(group, topic) : popRetryTopicV1(group, topic)
}

/** A message that was popped and not acknowledged, as it comes again. Source: PopReviveService of Apache RocketMQ 5.5.0. */
export function revivedOf(message: StoredMessage, point: CheckPoint, topic: string): MessageToStore {
  const { flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, preparedTransactionOffset, properties } = message
  const firstPopTime = propertyOf(properties, propertyNames.FIRST_POP_TIME)
  return {
    topic,
    queueId: 0,
    flag,
    sysFlag,
    bornTimestamp,
    bornHost,
    reconsumeTimes: point.suspend ? reconsumeTimes : reconsumeTimes + 1,
    preparedTransactionOffset,
    properties: withProperties(properties, {
      [propertyNames.ORIGIN_GROUP]: point.group,
      ...(firstPopTime === undefined && { [propertyNames.FIRST_POP_TIME]: String(point.popTime) }),
    }),
    // A copy: the record is a view of memory that is used again.
    body: Buffer.from(message.body),
    waitStored: true,
  }
}
