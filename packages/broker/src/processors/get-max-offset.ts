import { getMaxOffset } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'

export const maxOffset = handle(getMaxOffset, ({ store }: { store: MessageStore }) => ({ topic, queueId }) => ({
  fields: { offset: store.maxOffset(topic, queueId) },
}))
