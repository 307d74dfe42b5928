import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, int64, string } from '../../fields.ts'

/** GET_MIN_OFFSET: the smallest offset that a queue still has; 0 for an unknown queue. */
export const getMinOffset = defineCommand({
  code: 31,
  name: 'GET_MIN_OFFSET',
  action: 'get',
  request: { topic: string({ resource: 'topic' }), queueId: int32() },
  response: { offset: int64() },
})
export type GetMinOffsetRequest = RequestOf<typeof getMinOffset>
export type GetMinOffsetResponse = ResponseOf<typeof getMinOffset>
