import { getMinOffset } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'

export const minOffset = handle(getMinOffset, ({ store }: { store: MessageStore }) => ({ topic, queueId }) => ({
  fields: { offset: store.minOffset(topic, queueId) },
}))
