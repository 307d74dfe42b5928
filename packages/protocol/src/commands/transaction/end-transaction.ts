import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** END_TRANSACTION: a producer has decided on a half message, by itself or because it was asked. Usually oneway. */
export const endTransaction = defineCommand({
  code: 37,
  name: 'END_TRANSACTION',
  action: 'pub',
  request: {
    /** Clients before 5.x do not name it. */
    topic: string({ resource: 'topic', optional: true }),
    producerGroup: string(),
    /** Where the half message is in its queue. */
    tranStateTableOffset: int64(),
    /** Where it is in the commit log. */
    commitLogOffset: int64(),
    /** The transaction bits of `sysFlag`: TRANSACTION_COMMIT, TRANSACTION_ROLLBACK; any other value leaves it undecided. */
    commitOrRollback: int32(),
    /** Whether it answers CHECK_TRANSACTION_STATE. */
    fromTransactionCheck: boolean({ default: false }),
    /** The unique key of the message. */
    msgId: string({ optional: true }),
    transactionId: string({ optional: true }),
  },
})
export type EndTransactionRequest = RequestOf<typeof endTransaction>
