import { cleanExpiredConsumequeue } from '@cometmq/protocol/commands/admin'
import { isSystemTopic } from '@cometmq/protocol/message'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'

/**
 * CLEAN_EXPIRED_CONSUMEQUEUE: removes queues all of whose messages are gone from the log; the next message to one has offset 0 again.
 * Source: DefaultMessageStore.cleanExpiredConsumerQueue of Apache RocketMQ, which spares system topics too.
 */
export const cleanExpiredQueues = handle(cleanExpiredConsumequeue, ({ store }: { store: MessageStore }) => async () => {
  await store.removeExpiredQueues((topic) => !isSystemTopic(topic))
  return {}
})
