import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, int64, string } from '../../fields.ts'

/** GET_EARLIEST_MSG_STORETIME: when the oldest message of a queue was stored; -1 when there is none. */
export const getEarliestMsgStoretime = defineCommand({
  code: 32,
  name: 'GET_EARLIEST_MSG_STORETIME',
  action: 'get',
  request: { topic: string({ resource: 'topic' }), queueId: int32() },
  response: { timestamp: int64() },
})
export type GetEarliestMsgStoretimeRequest = RequestOf<typeof getEarliestMsgStoretime>
export type GetEarliestMsgStoretimeResponse = ResponseOf<typeof getEarliestMsgStoretime>
