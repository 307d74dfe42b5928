import { searchOffsetByTimestamp } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import { refuseLiteRead } from '../lite-topics.ts'

/** SEARCH_OFFSET_BY_TIMESTAMP: the first (LOWER) or last (UPPER) message of a queue by its store time. */
export const searchOffset = handle(
  searchOffsetByTimestamp,
  ({ store }: { store: MessageStore }) =>
    async (request, _body, { ext }) => {
      const { topic, queueId, timestamp, boundaryType } = request
      refuseLiteRead(topic, ext)
      const boundary = boundaryType?.toUpperCase() === 'UPPER' ? 'UPPER' : 'LOWER'
      return { fields: { offset: await store.searchOffset(topic, queueId, timestamp, boundary) } }
    },
)
