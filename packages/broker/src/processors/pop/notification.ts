import { type NotificationRequest, notification } from '@cometmq/protocol/commands/pop'
import { handle } from '@cometmq/remoting'
import { brokerLimits } from '../../limits.ts'
import type { Wanted } from '../../messaging/subscription-check.ts'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import type { Pop } from '../../pop/pop.ts'
import { poppedTopic, poppingGroup, refuseLate, refuseUnreadableBroker, wantedByPop } from '../../pop/pop-checks.ts'
import { type PopSource, sourcesOf } from '../../pop/pop-sources.ts'

/** NOTIFICATION: answered as soon as there is something to pop, or when the time is up. Source: NotificationProcessor of Apache RocketMQ 5.5.0. */
export const notify = handle(notification, ({ pop }: { pop: LazyPop }) => async (request, _body, context) => {
  const rooms = pop.opened ?? (await pop.open())
  const { clock, options } = rooms.deps
  const bornTime = request.bornTime > 0 ? request.bornTime : clock.now()
  refuseLate(clock.now(), request)
  const deadlineMs = clock.monotonicMs() + Math.min(bornTime + request.pollTime - clock.now(), brokerLimits.holdMs)
  for (;;) {
    refuseUnreadableBroker(rooms.deps)
    const wanted = options.notificationFilter ? await wantedByPop(rooms.deps, request) : { matchesTag: undefined }
    const found = await look(rooms, request, wanted)
    if (found.hasMsg) return { fields: { hasMsg: true, pollingFull: false } }
    const now = clock.monotonicMs()
    if (request.pollTime <= 0 || now >= deadlineMs || context.peer.isClosed)
      return { fields: { hasMsg: false, pollingFull: false } }
    context.hold()
    const { consumerGroup: group, topic, queueId } = request
    const outcome = await rooms.heldNotifications.hold({
      group,
      topic,
      queueId,
      deadlineMs,
      lookAgainMs: found.visibleAt === undefined ? undefined : now + Math.max(found.visibleAt - clock.now(), 1),
      matches: wanted.matchesTag,
      peer: context.peer,
    })
    if (outcome === 'full') return { fields: { hasMsg: false, pollingFull: true } }
    if (outcome === 'expired' || outcome === 'closed') return { fields: { hasMsg: false, pollingFull: false } }
  }
})

/** Whether there is something; `visibleAt`: when a queue that is popped in order gives something again. */
async function look(rooms: Pop, request: NotificationRequest, wanted: Wanted) {
  const { deps, order } = rooms
  const { queueId, attemptId } = request
  const topic = poppedTopic(deps, request.topic, queueId)
  const group = poppingGroup(deps, request.consumerGroup)
  let visibleAt: number | undefined
  for (const source of sourcesOf(deps, { topic, group, queueId, order: request.order })) {
    const queue = { topic: source.topic, group: group.groupName, queueId: source.queueId }
    const until = request.order ? order.blockedUntil(queue, attemptId) : undefined
    if (until !== undefined) visibleAt = Math.min(visibleAt ?? Number.POSITIVE_INFINITY, until)
    else if (await hasMessage(rooms, group.groupName, source, wanted)) return { hasMsg: true, visibleAt }
  }
  return { hasMsg: false, visibleAt }
}

/** Among few messages one that is wanted is looked for; of many it is supposed that they have one. */
async function hasMessage(
  { deps, taker }: Pop,
  group: string,
  source: PopSource,
  { matchesTag }: Wanted,
): Promise<boolean> {
  const { store, options } = deps
  const { topic, queueId, retry } = source
  const offset = taker.positionOf(group, source) ?? store.minOffset(topic, queueId)
  const backlog = store.maxOffset(topic, queueId) - offset
  if (backlog <= 0 || matchesTag === undefined || retry !== '0' || backlog >= options.notificationFilterMessages)
    return backlog > 0
  const { records } = await store.get({ topic, queueId, offset, maxMessages: 1, matchesTag })
  return records.length > 0
}
