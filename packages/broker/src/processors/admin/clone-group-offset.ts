import { cloneGroupOffset } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { ConsumerGroups } from '../../connections/consumer-groups.ts'
import type { ConsumerOffsets } from '../../offsets/consumer-offsets.ts'
import type { TopicTable } from '../../topics/topic-table.ts'

interface Deps {
  consumers: ConsumerGroups
  offsets: ConsumerOffsets
  topics: TopicTable
}

/**
 * CLONE_GROUP_OFFSET: a group gets the offsets of another, in one topic or in all. Topics that are gone are passed over, and, unless `offline`, those that the connected
 * consumers of the source have left. Differs: without a topic the offsets of all are copied; in Apache RocketMQ none are.
 */
export const cloneOffsets = handle(cloneGroupOffset, ({ consumers, offsets, topics }: Deps) => async (request) => {
  const { srcGroup, destGroup, topic = '', offline } = request
  const subscriptions = consumers.get(srcGroup)?.subscriptions
  for (const name of topic.trim() === '' ? offsets.topicsOf(srcGroup) : [topic]) {
    const isLeft = !offline && subscriptions !== undefined && subscriptions.size > 0 && !subscriptions.has(name)
    if (topics.get(name) === undefined || isLeft) continue
    for (const [queueId, offset] of offsets.queuesOf(srcGroup, name) ?? [])
      offsets.commit(destGroup, name, queueId, offset)
  }
  await offsets.save()
  return {}
})
