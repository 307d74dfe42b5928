import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** RESET_CONSUMER_CLIENT_OFFSET: a broker tells a consumer to go on from other offsets. */
export const resetConsumerClientOffset = defineCommand({
  code: 220,
  name: 'RESET_CONSUMER_CLIENT_OFFSET',
  action: 'any',
  request: {
    group: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    queueId: int32({ default: -1 }),
    offset: int64({ optional: true }),
    timestamp: int64(),
    isForce: boolean({ default: false }),
  },
})
export type ResetConsumerClientOffsetRequest = RequestOf<typeof resetConsumerClientOffset>
