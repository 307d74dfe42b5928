import {
  type ChangeMessageInvisibletimeRequest,
  type ChangeMessageInvisibletimeResponse,
  changeMessageInvisibletime,
} from '@cometmq/protocol/commands/pop'
import { handle, type Reply } from '@cometmq/remoting'
import { refusalOf } from '../../messaging/refusals.ts'
import { orderReviveQueueId } from '../../pop/extra-info.ts'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import type { Pop } from '../../pop/pop.ts'
import { type PoppedMessage, poppedMessage } from '../../pop/pop-checks.ts'

type ChangeReply = Reply<ChangeMessageInvisibletimeResponse, Buffer>

/**
 * CHANGE_MESSAGE_INVISIBLETIME: a popped message comes again at another time. It becomes a batch of its own, and is done in the one that it was popped with. Source:
 * ChangeInvisibleTimeProcessor of Apache RocketMQ 5.5.0.
 */
export const changeInvisibleTime = handle(
  changeMessageInvisibletime,
  ({ pop }: { pop: LazyPop }) =>
    async (request) => {
      const rooms = pop.opened ?? (await pop.open())
      const message = poppedMessage(rooms.deps, request, { reviveQueues: rooms.log.queues, mayBeEnd: false })
      return message.info.reviveQueueId === orderReviveQueueId
        ? changeInOrder(rooms, request, message)
        : changeBatch(rooms, request, message)
    },
)

function changeInOrder(
  { deps, order }: Pop,
  { consumerGroup: group, invisibleTime }: ChangeMessageInvisibletimeRequest,
  { topic, queueId, offset, info }: PoppedMessage,
): ChangeReply {
  const { clock, offsets } = deps
  const { popTime, reviveQueueId: reviveQid } = info
  const visibleAt = clock.now() + invisibleTime
  // What is acknowledged stays so.
  if (offset >= (offsets.get(group, topic, queueId) ?? 0))
    order.changeVisibility({ topic, group, queueId }, offset, popTime, visibleAt)
  return { fields: { popTime, invisibleTime: visibleAt - popTime, reviveQid } }
}

async function changeBatch(
  { deps, log }: Pop,
  { consumerGroup: group, invisibleTime, suspend }: ChangeMessageInvisibletimeRequest,
  { topic, queueId, offset, info }: PoppedMessage,
): Promise<ChangeReply> {
  const { reviveQueueId, startOffset, popTime: poppedAt, brokerName } = info
  // Differs: never that of the batch. When it is the batch's first message, and the same millisecond, the two would be one, and the message done.
  const popTime = Math.max(deps.clock.now(), poppedAt + 1)
  const of = { topic, group, queueId }
  try {
    await log.putCheckPoint(reviveQueueId, {
      ...of,
      startOffset: offset,
      popTime,
      brokerName: deps.options.brokerName,
      invisibleTime,
      deltas: [0],
      bits: 0,
      suspend,
    })
    // Behind it: what ends between the two comes twice, and not never.
    await log.putAcks(reviveQueueId, { ...of, startOffset, popTime: poppedAt, brokerName }, [offset])
  } catch (error) {
    throw refusalOf(error)
  }
  return { fields: { popTime, invisibleTime, reviveQid: reviveQueueId } }
}
