import { getEarliestMsgStoretime } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'

export const earliestStoreTime = handle(
  getEarliestMsgStoretime,
  ({ store }: { store: MessageStore }) =>
    async ({ topic, queueId }) => ({
      fields: { timestamp: await store.earliestStoreTime(topic, queueId) },
    }),
)
