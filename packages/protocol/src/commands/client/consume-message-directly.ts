import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int32, string } from '../../fields.ts'

/** CONSUME_MESSAGE_DIRECTLY: hand one message to one consumer at once; a broker puts the message in and passes it on. */
export const consumeMessageDirectly = defineCommand({
  code: 309,
  name: 'CONSUME_MESSAGE_DIRECTLY',
  action: 'update',
  request: {
    consumerGroup: string({ resource: 'group' }),
    clientId: string({ optional: true }),
    /** The offset id of the message. */
    msgId: string({ optional: true }),
    brokerName: string({ optional: true }),
    topic: string({ resource: 'topic', optional: true }),
    topicSysFlag: int32({ optional: true }),
    groupSysFlag: int32({ optional: true }),
  },
})
export type ConsumeMessageDirectlyRequest = RequestOf<typeof consumeMessageDirectly>
