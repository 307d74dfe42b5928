import { responseCode } from '@cometmq/protocol'
import { ackMessage } from '@cometmq/protocol/commands/pop'
import { handle, Refusal } from '@cometmq/remoting'
import { statusCodes } from '../../messaging/received-message.ts'
import { refusalOf } from '../../messaging/refusals.ts'
import { orderReviveQueueId } from '../../pop/extra-info.ts'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import { acknowledgeInOrder } from '../../pop/order-acks.ts'
import { poppedMessage } from '../../pop/pop-checks.ts'

/** ACK_MESSAGE: a popped message is done; answered when that has the promise of the flush mode. Source: AckMessageProcessor of Apache RocketMQ 5.5.0, which does not wait. */
export const acknowledge = handle(ackMessage, ({ pop }: { pop: LazyPop }) => async (request) => {
  const rooms = pop.opened ?? (await pop.open())
  const { log, deps } = rooms
  const { topic, queueId, offset, info } = poppedMessage(deps, request, { reviveQueues: log.queues, mayBeEnd: true })
  const { consumerGroup: group } = request
  const { reviveQueueId, startOffset, popTime, brokerName } = info
  if (reviveQueueId === orderReviveQueueId) {
    if (acknowledgeInOrder(rooms, { topic, group, queueId }, offset, popTime) === 'unknown')
      throw new Refusal(
        responseCode.MESSAGE_ILLEGAL,
        `offset is illegal, key:${topic}@${group}@${queueId}, commit:${offset}: it is not in the batch that was popped last`,
      )
    deps.handedOut.noteAcks(group, topic, 1)
    return {}
  }
  const of = { topic, group, queueId, startOffset, popTime, brokerName }
  try {
    const { status } = await log.putAcks(reviveQueueId, of, [offset])
    deps.handedOut.noteAcks(group, topic, 1)
    return { code: statusCodes[status] }
  } catch (error) {
    throw refusalOf(error)
  }
})
