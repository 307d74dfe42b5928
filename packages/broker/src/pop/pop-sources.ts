import type { Random } from '@cometmq/platform'
import type { SubscriptionGroupConfig, TopicConfig } from '@cometmq/protocol/bodies'
import type { BrokerOptions } from '../options.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { anyQueue } from './held-pops.ts'
import { popRetryTopicV1, popRetryTopicV2, type RetryFlag } from './retry-topics.ts'

/** A queue that a pop looks at. */
export interface PopSource {
  readonly topic: string
  readonly queueId: number
  readonly retry: RetryFlag
}

export interface SourcesDeps {
  topics: TopicTable
  options: Pick<
    BrokerOptions,
    | 'retryTopicV2'
    | 'popRetryTopicV1'
    | 'popFromRetryPercent'
    | 'popFromRetryPercentForPriority'
    | 'priorityOrderAscending'
  >
  random: Random
}

/** What is popped by whom, as far as the order of the queues depends on it. */
export interface WhereToPop {
  readonly topic: TopicConfig
  readonly group: SubscriptionGroupConfig
  readonly queueId: number
  readonly order: boolean
}

/**
 * The queues that a pop looks at, one after the other until it has enough: those of the topic, beginning anywhere, and those of the group's retry topic before or after
 * them. Source: PopMessageProcessor of Apache RocketMQ 5.5.0.
 */
export function sourcesOf(deps: SourcesDeps, where: WhereToPop): PopSource[] {
  const { options, random } = deps
  const { topic, group, order } = where
  const byPriority = !order && isByPriority(deps, where)
  const own = ownQueues(deps, where, byPriority)
  if (order) return own
  const retry = retryQueues(deps, topic.topicName, group.groupName)
  const percent = byPriority ? options.popFromRetryPercentForPriority : options.popFromRetryPercent
  return random.int(100) < percent ? [...retry, ...own] : [...own, ...retry]
}

/** In a topic of priorities the number of a queue is the priority of its messages, and no queue is begun with by chance. */
function isByPriority({ random }: SourcesDeps, { topic, group }: WhereToPop): boolean {
  if (topic.attributes['message.type'] !== 'PRIORITY') return false
  return random.int(100) < Number(group.attributes['priority.factor'] ?? 100)
}

function ownQueues({ options, random }: SourcesDeps, where: WhereToPop, byPriority: boolean): PopSource[] {
  const { topicName: topic, readQueueNums: count } = where.topic
  if (where.queueId !== anyQueue) return [{ topic, queueId: where.queueId, retry: '0' }]
  const begin = byPriority || count === 0 ? 0 : random.int(count)
  return Array.from({ length: count }, (_, i) => {
    const queueId = ((options.priorityOrderAscending ? count - 1 - i : i) + begin) % count
    return { topic, queueId, retry: '0' }
  })
}

function retryQueues({ topics, options }: SourcesDeps, topic: string, group: string): PopSource[] {
  const names: [string, RetryFlag][] = options.retryTopicV2 ? [[popRetryTopicV2(group, topic), '2']] : []
  // Also what was there before names of the second kind were switched on.
  if (!options.retryTopicV2 || options.popRetryTopicV1) names.push([popRetryTopicV1(group, topic), '1'])
  return names.flatMap(([name, retry]) =>
    Array.from({ length: topics.get(name)?.readQueueNums ?? 0 }, (_, queueId) => ({ topic: name, queueId, retry })),
  )
}
