import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** GET_MAX_OFFSET: the offset that the next message of a queue will get; 0 for an unknown queue. */
export const getMaxOffset = defineCommand({
  code: 30,
  name: 'GET_MAX_OFFSET',
  action: 'get',
  request: { topic: string({ resource: 'topic' }), queueId: int32(), committed: boolean({ default: true }) },
  response: { offset: int64() },
})
export type GetMaxOffsetRequest = RequestOf<typeof getMaxOffset>
export type GetMaxOffsetResponse = ResponseOf<typeof getMaxOffset>
