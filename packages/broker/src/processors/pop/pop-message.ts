import { responseCode } from '@cometmq/protocol'
import { type PopMessageRequest, type PopMessageResponse, popMessage } from '@cometmq/protocol/commands/pop'
import { handle, type Reply, type RequestContext } from '@cometmq/remoting'
import { brokerLimits } from '../../limits.ts'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import type { PopWish, Taken } from '../../pop/message-taker.ts'
import type { Pop } from '../../pop/pop.ts'
import {
  poppedTopic,
  poppingGroup,
  refuseLate,
  refuseTooMany,
  refuseUnreadableBroker,
  wantedByPop,
} from '../../pop/pop-checks.ts'
import { popFieldsOf, popRecordsOf, type TakenAs } from '../../pop/taken-messages.ts'

type PopReply = Reply<PopMessageResponse, Buffer>

/** A queue whose messages were not all looked at is looked at again after so long. RocketMQ: the pause of PopLongPollingService. */
const lookAgainMs = 20

/**
 * POP_MESSAGE: takes messages for a group. When there are none and the client allows it, the request is held and done again when something comes. Source of order and codes:
 * PopMessageProcessor of Apache RocketMQ 5.5.0.
 */
export const pop = handle(popMessage, ({ pop }: { pop: LazyPop }) => async (request, _body, context) => {
  const rooms = pop.opened ?? (await pop.open())
  const { clock } = rooms.deps
  const bornTime = request.bornTime > 0 ? request.bornTime : clock.now()
  refuseLate(clock.now(), request)
  const deadlineMs = clock.monotonicMs() + Math.min(bornTime + request.pollTime - clock.now(), brokerLimits.holdMs)
  for (;;) {
    const wish = await checkedWish(rooms, request)
    if (rooms.reviver.open.size >= brokerLimits.openBatches && !wish.order) return tooManyOpen(rooms, request)
    const taken = await rooms.taker.take(wish)
    if (taken.batches.length > 0) return found(rooms, request, taken)
    const outcome = await held(rooms, request, wish, taken, deadlineMs, context)
    if (outcome === 'full') return nothing(responseCode.POLLING_FULL, 'polling full', rooms, request, taken)
    // What is popped for who is gone would come again only after its invisible time.
    if (outcome === 'expired' || outcome === 'closed' || context.peer.isClosed)
      return nothing(responseCode.POLLING_TIMEOUT, 'no message in time', rooms, request, taken)
  }
})

/** Also of a request that was held: meanwhile anything may have changed. */
async function checkedWish({ deps }: Pop, request: PopMessageRequest): Promise<PopWish> {
  refuseUnreadableBroker(deps)
  refuseTooMany(request.maxMsgNums)
  const topic = poppedTopic(deps, request.topic, request.queueId)
  const group = poppingGroup(deps, request.consumerGroup)
  return {
    topic,
    group,
    queueId: request.queueId,
    order: request.order,
    maxMessages: request.maxMsgNums,
    invisibleTime: request.invisibleTime,
    begin: request.initMode === 0 ? 'first' : 'newest',
    attemptId: request.attemptId,
    wanted: await wantedByPop(deps, request),
  }
}

async function held(
  { deps, held, taker }: Pop,
  request: PopMessageRequest,
  { wanted }: PopWish,
  taken: Taken,
  deadlineMs: number,
  context: RequestContext,
) {
  const { clock } = deps
  const now = clock.monotonicMs()
  if (request.pollTime <= 0 || now >= deadlineMs) return 'expired'
  if (taker.hasMore(taken)) return 'again'
  context.hold()
  const untilVisible = taken.visibleAt === undefined ? Number.POSITIVE_INFINITY : taken.visibleAt - clock.now()
  const waitMs = taken.rest > 0 && !request.order ? lookAgainMs : untilVisible
  return held.hold({
    group: request.consumerGroup,
    topic: request.topic,
    queueId: request.queueId,
    deadlineMs,
    lookAgainMs: waitMs === Number.POSITIVE_INFINITY ? undefined : now + Math.max(waitMs, 1),
    matches: wanted.matchesTag,
    peer: context.peer,
  })
}

function found(rooms: Pop, request: PopMessageRequest, taken: Taken): PopReply {
  const { consumerGroup, topic, queueId } = request
  if (taken.rest > 0) rooms.held.wake(consumerGroup, topic, queueId)
  const as = takenAs(rooms, request, taken)
  return {
    remark: 'FOUND',
    fields: popFieldsOf(taken.batches, as, taken.rest),
    bytes: popRecordsOf(taken.batches, as),
  }
}

function nothing(
  code: number,
  remark: string,
  rooms: Pop,
  request: PopMessageRequest,
  taken: Pick<Taken, 'popTime' | 'reviveQueueId' | 'rest'>,
): PopReply {
  return { code, remark, fields: popFieldsOf([], takenAs(rooms, request, taken), taken.rest) }
}

function tooManyOpen(rooms: Pop, request: PopMessageRequest): PopReply {
  const remark = `${brokerLimits.openBatches} popped batches are neither acknowledged nor over their invisible time, and that is the limit: acknowledge, or pop with a shorter invisible time`
  const taken = { popTime: rooms.deps.clock.now(), reviveQueueId: 0, rest: 0 }
  return nothing(responseCode.POLLING_FULL, remark, rooms, request, taken)
}

function takenAs(
  { deps }: Pop,
  { topic, invisibleTime }: PopMessageRequest,
  { popTime, reviveQueueId }: Pick<Taken, 'popTime' | 'reviveQueueId'>,
): TakenAs {
  const { brokerName, popKeepsRetryTopic } = deps.options
  return { popTime, invisibleTime, reviveQueueId, brokerName, topic, keepsRetryTopic: popKeepsRetryTopic }
}
