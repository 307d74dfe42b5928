import { unlockBatchMq } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { QueueLocks } from '../locks/queue-locks.ts'

export const unlockQueues = handle(
  unlockBatchMq,
  ({ queueLocks }: { queueLocks: QueueLocks }) =>
    (_request, { consumerGroup, clientId, mqSet }) => {
      queueLocks.unlock(consumerGroup, clientId, mqSet)
      return {}
    },
)
