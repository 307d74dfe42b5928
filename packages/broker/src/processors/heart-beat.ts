import type { Clock } from '@cometmq/platform'
import type { ConsumerData, HeartbeatData, SubscriptionGroupConfig } from '@cometmq/protocol/bodies'
import { heartBeat } from '@cometmq/protocol/commands'
import { retryTopicOf, topicSysFlag } from '@cometmq/protocol/message'
import { handle, type RequestContext } from '@cometmq/remoting'
import type { ConsumerGroups, Member } from '../connections/consumer-groups.ts'
import type { ProducerGroups } from '../connections/producer-groups.ts'
import type { ConsumerFilters } from '../filter/consumer-filters.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import type { TopicCreation } from '../topics/topic-creation.ts'
import type { TopicTable } from '../topics/topic-table.ts'

export interface HeartBeatDeps {
  consumers: ConsumerGroups
  producers: ProducerGroups
  groups: SubscriptionGroups
  topicCreation: TopicCreation
  topics: TopicTable
  filters: ConsumerFilters
  clock: Clock
}

/** HEART_BEAT, versions 1 and 2: who is there, in which groups, subscribed to what. */
export const heartbeat = handle(heartBeat, (deps: HeartBeatDeps) => async (_request, body, context) => {
  const member: Member = {
    peer: context.peer,
    clientId: body.clientID,
    language: context.language,
    version: context.version,
    lastHeartbeatMs: deps.clock.monotonicMs(),
  }
  for (const { groupName } of body.producerDataSet) deps.producers.register(groupName, member)
  let hasChanged = false
  for (const data of body.consumerDataSet)
    hasChanged = (await registerConsumer(deps, data, body, member, context)) || hasChanged
  const isVersion2 = body.heartbeatFingerprint !== 0
  return { fields: { isSupportHeartBeatV2: true, isSubChange: isVersion2 ? hasChanged : true } }
})

/** True when the group had another fingerprint before. */
async function registerConsumer(
  deps: HeartBeatDeps,
  data: ConsumerData,
  body: HeartbeatData,
  member: Member,
  context: RequestContext,
): Promise<boolean> {
  const group = deps.groups.getOrCreate(data.groupName)
  if (group === undefined) return false
  await ensureRetryTopic(deps, group, data)
  if (!body.withoutSub) await deps.filters.register(data.groupName, data.subscriptionDataSet)
  if (context.peer.isClosed) return false
  deps.consumers.register(data, member, {
    withoutSubscriptions: body.withoutSub,
    notifies: group.notifyConsumerIdsChangedEnable,
  })
  return deps.consumers.exchangeFingerprint(data.groupName, body.heartbeatFingerprint, {
    withoutSubscriptions: body.withoutSub,
  })
}

async function ensureRetryTopic(
  { topicCreation, topics }: HeartBeatDeps,
  group: SubscriptionGroupConfig,
  { groupName, unitMode, subscriptionDataSet }: ConsumerData,
): Promise<void> {
  if (group.retryQueueNums <= 0) return
  await topicCreation.forRetry(retryTopicOf(groupName), group.retryQueueNums, {
    topicSysFlag: unitMode ? topicSysFlag.UNIT_SUB : 0,
    order: subscriptionDataSet.some(({ topic }) => topics.get(topic)?.order === true),
  })
}
