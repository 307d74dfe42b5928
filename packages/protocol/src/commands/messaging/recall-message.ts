import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** RECALL_MESSAGE: take back a message that waits for a time of its own. */
export const recallMessage = defineCommand({
  code: 370,
  name: 'RECALL_MESSAGE',
  action: 'pub',
  request: {
    producerGroup: string({ optional: true }),
    topic: string({ resource: 'topic' }),
    /** What the send of the message was answered. */
    recallHandle: string(),
    brokerName: string({ wire: 'bname', optional: true }),
  },
  response: {
    /** The unique key of the message that is taken back. */
    msgId: string(),
    regionId: string({ wire: 'MSG_REGION', optional: true }),
  },
})
export type RecallMessageRequest = RequestOf<typeof recallMessage>
