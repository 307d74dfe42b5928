import { responseCode } from '@cometmq/protocol'
import { queryConsumerOffset } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'

/**
 * QUERY_CONSUMER_OFFSET: where a group is in a queue. A group that was never there begins at 0 while the queue's first message is still in memory; otherwise
 * the client decides by its own `consumeFromWhere`. Source: ConsumerManageProcessor of Apache RocketMQ.
 */
export const queryOffset = handle(
  queryConsumerOffset,
  ({ offsets, store }: { offsets: ConsumerOffsets; store: MessageStore }) =>
    (request) => {
      const { consumerGroup, topic, queueId, setZeroIfNotFound } = request
      const offset = offsets.get(consumerGroup, topic, queueId)
      if (offset !== undefined) return { fields: { offset } }
      if (setZeroIfNotFound === false) throw notFound('Not found, do not set to zero, maybe this group boot first')
      if (store.minOffset(topic, queueId) <= 0 && store.isInMemory(topic, queueId, 0)) return { fields: { offset: 0 } }
      throw notFound('Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first')
    },
)

const notFound = (remark: string) => new Refusal(responseCode.QUERY_NOT_FOUND, remark)
