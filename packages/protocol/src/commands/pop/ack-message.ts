import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int32, int64, string } from '../../fields.ts'

/** ACK_MESSAGE: a popped message is done. */
export const ackMessage = defineCommand({
  code: 200051,
  name: 'ACK_MESSAGE',
  action: 'sub',
  request: {
    consumerGroup: string({ resource: 'group' }),
    /** The topic that it really is in: it may be the group's retry topic. */
    topic: string({ resource: 'topic' }),
    queueId: int32(),
    /** The property POP_CK of the message. */
    extraInfo: string(),
    /** Of the message in its queue. */
    offset: int64(),
    liteTopic: string({ optional: true }),
  },
})
export type AckMessageRequest = RequestOf<typeof ackMessage>
