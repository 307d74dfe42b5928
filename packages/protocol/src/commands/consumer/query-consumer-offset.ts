import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** QUERY_CONSUMER_OFFSET: where a group is in a queue. */
export const queryConsumerOffset = defineCommand({
  code: 14,
  name: 'QUERY_CONSUMER_OFFSET',
  action: 'get',
  request: {
    consumerGroup: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    queueId: int32(),
    setZeroIfNotFound: boolean({ optional: true }),
  },
  response: { offset: int64() },
})
export type QueryConsumerOffsetRequest = RequestOf<typeof queryConsumerOffset>
export type QueryConsumerOffsetResponse = ResponseOf<typeof queryConsumerOffset>
