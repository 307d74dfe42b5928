import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, int64, string } from '../../fields.ts'

/** SEARCH_OFFSET_BY_TIMESTAMP: the offset of a queue at a store time. */
export const searchOffsetByTimestamp = defineCommand({
  code: 29,
  name: 'SEARCH_OFFSET_BY_TIMESTAMP',
  action: 'get',
  request: {
    topic: string({ resource: 'topic' }),
    queueId: int32(),
    /** Milliseconds since the Unix epoch. */
    timestamp: int64(),
    /** `LOWER`, the first message at or behind the time, or `UPPER`, the last at or before it, in any case. `LOWER` when absent. */
    boundaryType: string({ optional: true }),
    liteTopic: string({ optional: true }),
  },
  response: { offset: int64() },
})
export type SearchOffsetByTimestampRequest = RequestOf<typeof searchOffsetByTimestamp>
export type SearchOffsetByTimestampResponse = ResponseOf<typeof searchOffsetByTimestamp>
