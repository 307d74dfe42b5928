import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int32, int64, string } from '../../fields.ts'

/** UPDATE_CONSUMER_OFFSET: a group commits where it is in a queue. Usually oneway. */
export const updateConsumerOffset = defineCommand({
  code: 15,
  name: 'UPDATE_CONSUMER_OFFSET',
  action: 'sub',
  request: {
    consumerGroup: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    /** INVALID_PARAMETER when absent. */
    queueId: int32({ optional: true }),
    /** INVALID_PARAMETER when absent. */
    commitOffset: int64({ optional: true }),
  },
})
export type UpdateConsumerOffsetRequest = RequestOf<typeof updateConsumerOffset>
