import { queueOffsets } from '../../bodies/queue-offsets.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** INVOKE_BROKER_TO_RESET_OFFSET: let a group consume again from a time, or from an offset. */
export const invokeBrokerToResetOffset = defineCommand({
  code: 222,
  name: 'INVOKE_BROKER_TO_RESET_OFFSET',
  action: 'update',
  request: {
    group: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    /** −1: all queues. */
    queueId: int32({ default: -1 }),
    offset: int64({ optional: true }),
    /** Milliseconds since the Unix epoch; −1: behind the last message. */
    timestamp: int64(),
    /** Forwards too: without it no offset grows. Only for clients that are notified. */
    isForce: boolean({ default: false }),
  },
  responseBody: queueOffsets,
})
export type InvokeBrokerToResetOffsetRequest = RequestOf<typeof invokeBrokerToResetOffset>
