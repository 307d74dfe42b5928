import type { Clock } from '@cometmq/platform'
import type { Lane, Route } from '@cometmq/remoting'
import type { ProducerGroups } from '../../connections/producer-groups.ts'
import type { HandedOut } from '../../offsets/handed-out.ts'
import type { ResetDeps } from '../../offsets/reset-offsets.ts'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import type { LiveConfig } from '../../runtime/live-config.ts'
import type { RuntimeInfoDeps } from '../../runtime/runtime-info.ts'
import type { BrokerStats } from '../../stats/broker-stats.ts'
import type { Timers } from '../../timer/timers.ts'
import { cleanExpiredQueues } from './clean-expired-consumequeue.ts'
import { cleanUnused } from './clean-unused-topic.ts'
import { cloneOffsets } from './clone-group-offset.ts'
import { consumeDirectly } from './consume-message-directly.ts'
import { deleteExpiredLog } from './delete-expired-commitlog.ts'
import { deleteGroup } from './delete-subscriptiongroup.ts'
import { deleteTopic } from './delete-topic-in-broker.ts'
import { allProducers } from './get-all-producer-info.ts'
import { allGroups } from './get-all-subscription-group-config.ts'
import { allTopics } from './get-all-topic-config.ts'
import { brokerConfig } from './get-broker-config.ts'
import { brokerConsumeStatus } from './get-broker-consume-stats.ts'
import { brokerRuntimeInfo } from './get-broker-runtime-info.ts'
import { consumeStatus } from './get-consume-stats.ts'
import { consumerConnectionList } from './get-consumer-connection-list.ts'
import { runningInfo } from './get-consumer-running-info.ts'
import { producerConnectionList } from './get-producer-connection-list.ts'
import { groupSettings } from './get-subscriptiongroup-config.ts'
import { systemTopicList } from './get-system-topic-list-from-broker.ts'
import { timerCheckPoint } from './get-timer-check-point.ts'
import { timerMetricsOf } from './get-timer-metrics.ts'
import { topicSettings } from './get-topic-config.ts'
import { topicStatus } from './get-topic-stats-info.ts'
import { consumerOffsetsByClient } from './invoke-broker-to-get-consumer-status.ts'
import { resetOffset } from './invoke-broker-to-reset-offset.ts'
import { liteTopicRefusals } from './lite-topics.ts'
import { consumeTimeSpan } from './query-consume-time-span.ts'
import { subscriptionOfGroup } from './query-subscription-by-consumer.ts'
import { groupsOfTopic } from './query-topic-consume-by-who.ts'
import { topicsOfGroup } from './query-topics-by-consumer.ts'
import { resumeChecks } from './resume-check-half-message.ts'
import { updateStaticTopic } from './update-and-create-static-topic.ts'
import { updateGroup } from './update-and-create-subscriptiongroup.ts'
import { updateGroups } from './update-and-create-subscriptiongroup-list.ts'
import { updateTopic } from './update-and-create-topic.ts'
import { updateTopics } from './update-and-create-topic-list.ts'
import { groupForbiddenness } from './update-and-get-group-forbidden.ts'
import { changeBrokerConfig } from './update-broker-config.ts'
import { brokerStatsData } from './view-broker-stats-data.ts'

/** Everything that administration touches besides what clients do. */
export interface AdministrationDeps extends ResetDeps, RuntimeInfoDeps {
  stats: BrokerStats
  timers: Timers
  handedOut: HandedOut
  pop: LazyPop
  producers: ProducerGroups
  config: LiveConfig
  clock: Clock
  startedAt: number
  /** `host:port` that clients are told to connect to. */
  brokerAddress: () => string
}

/** What administrators ask of topics, groups, offsets, clients and options. */
export function administrationRoutes(deps: AdministrationDeps, lane: Lane): Route[] {
  const processors = [
    updateTopic(deps),
    deleteTopic(deps),
    topicSettings(deps),
    allTopics(deps),
    updateTopics(deps),
    updateStaticTopic(deps),
    topicStatus(deps),
    groupsOfTopic(deps),
    topicsOfGroup(deps),
    subscriptionOfGroup(deps),
    systemTopicList(deps),
    updateGroup(deps),
    updateGroups(deps),
    deleteGroup(deps),
    groupSettings(deps),
    allGroups(deps),
    groupForbiddenness(deps),
    consumerConnectionList(deps),
    producerConnectionList(deps),
    allProducers(deps),
    consumeStatus(deps),
    brokerConsumeStatus(deps),
    consumeTimeSpan(deps),
    resetOffset(deps),
    cloneOffsets(deps),
    consumerOffsetsByClient(deps),
    runningInfo(deps),
    consumeDirectly(deps),
    brokerRuntimeInfo(deps),
    brokerStatsData(deps),
    brokerConfig(deps),
    changeBrokerConfig(deps),
    resumeChecks(deps),
    cleanExpiredQueues(deps),
    cleanUnused(deps),
    deleteExpiredLog(deps),
    timerCheckPoint(deps),
    timerMetricsOf(deps),
    ...liteTopicRefusals(),
  ]
  return processors.map((processor) => ({ processor, lane }))
}
