import { ProtocolError, responseCode } from '@cometmq/protocol'
import { resumeCheckHalfMessage } from '@cometmq/protocol/commands'
import { decodeOffsetMsgId, decodeRecord, propertyNames, systemTopics } from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import { refusalOf } from '../../messaging/refusals.ts'
import { halfQueueId, renewed, targetOf } from '../../transactions/half-message.ts'

/**
 * RESUME_CHECK_HALF_MESSAGE: a half message is appended to the others again, as one that was never checked. Source: AdminBrokerProcessor of Apache RocketMQ.
 *
 * Differs: a record that is no half message is refused.
 */
export const resumeChecks = handle(
  resumeCheckHalfMessage,
  ({ store }: { store: MessageStore }) =>
    async ({ msgId = '' }) => {
      const record = await store.recordAt(positionOf(msgId))
      const half = record === undefined ? undefined : decodeRecord(record, 0)
      if (half === undefined || targetOf(half.properties) === undefined)
        throw refusal(`the log has no half message at ${msgId}: name one of ${systemTopics.TRANS_CHECK_MAX_TIME}`)
      const again = renewed(half, { [propertyNames.TRANSACTION_CHECK_TIMES]: '0' })
      try {
        await store.put({ ...again, topic: systemTopics.TRANS_HALF, queueId: halfQueueId })
      } catch (error) {
        throw refusalOf(error)
      }
      return {}
    },
)

function positionOf(msgId: string): number {
  try {
    return decodeOffsetMsgId(msgId).physicalOffset
  } catch (error) {
    if (error instanceof ProtocolError) throw refusal(error.message)
    throw error
  }
}

const refusal = (remark: string) => new Refusal(responseCode.SYSTEM_ERROR, remark)
