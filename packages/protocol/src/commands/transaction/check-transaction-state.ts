import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int64, string } from '../../fields.ts'

/**
 * CHECK_TRANSACTION_STATE: the broker asks a producer, oneway, what became of a transaction; it answers by END_TRANSACTION. The body is the half message as a
 * record, with the topic and queue that it is meant for.
 */
export const checkTransactionState = defineCommand({
  code: 39,
  name: 'CHECK_TRANSACTION_STATE',
  action: 'any',
  request: {
    /** Apache's brokers before 5.x do not name it. */
    topic: string({ resource: 'topic', optional: true }),
    /** Where the half message is in its queue. */
    tranStateTableOffset: int64(),
    /** Where it is in the commit log. */
    commitLogOffset: int64(),
    /** The unique key of the message. */
    msgId: string({ optional: true }),
    transactionId: string({ optional: true }),
    offsetMsgId: string({ optional: true }),
    brokerName: string({ wire: 'bname', optional: true }),
  },
})
export type CheckTransactionStateRequest = RequestOf<typeof checkTransactionState>
