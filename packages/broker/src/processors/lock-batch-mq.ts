import { lockBatchMq } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { QueueLocks } from '../locks/queue-locks.ts'

/** LOCK_BATCH_MQ: an orderly consumer claims queues; the answer names those it has. */
export const lockQueues = handle(
  lockBatchMq,
  ({ queueLocks }: { queueLocks: QueueLocks }) =>
    (_request, { consumerGroup, clientId, mqSet }) => ({
      body: { lockOKMQSet: queueLocks.lock(consumerGroup, clientId, mqSet) },
    }),
)
