import { searchOffsetByTimestamp } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'

/** SEARCH_OFFSET_BY_TIMESTAMP: the first (LOWER) or last (UPPER) message of a queue by its store time. */
export const searchOffset = handle(searchOffsetByTimestamp, ({ store }: { store: MessageStore }) => async (request) => {
  const { topic, queueId, timestamp, boundaryType } = request
  const boundary = boundaryType?.toUpperCase() === 'UPPER' ? 'UPPER' : 'LOWER'
  return { fields: { offset: await store.searchOffset(topic, queueId, timestamp, boundary) } }
})
