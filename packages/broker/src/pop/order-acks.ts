import type { OrderQueue } from './order-batches.ts'
import type { Pop } from './pop.ts'
import { originTopicOf } from './retry-topics.ts'

/** A message that was popped in order is done: the group's offset follows, and the queue gives the next messages when none of these holds it. */
export function acknowledgeInOrder(
  { deps, order, held, heldNotifications }: Pop,
  queue: OrderQueue,
  offset: number,
  popTime: number,
): 'done' | 'stale' | 'unknown' {
  const { offsets, resets } = deps
  const { topic, group, queueId } = queue
  const committed = offsets.get(group, topic, queueId)
  if (committed !== undefined && offset < committed) return 'stale'
  const outcome = order.acknowledge(queue, offset, popTime)
  if (typeof outcome === 'string') return outcome
  // An administrator has said where the group goes on.
  if (!resets.has(group, topic, queueId)) offsets.commit(group, topic, queueId, outcome.commit)
  if (order.blockedUntil(queue, undefined) === undefined) {
    held.wake(group, originTopicOf(topic, group), queueId)
    heldNotifications.wake(group, originTopicOf(topic, group), queueId)
  }
  return 'done'
}
