/** The bodies of requests and answers, and the configuration files that have the same form. */
export {
  type MessageQueueAssignment,
  type QueryAssignmentRequestBody,
  type QueryAssignmentResponseBody,
  queryAssignmentRequest,
  queryAssignmentResponse,
} from './assignment.ts'
export { type BatchAckBody, type BatchAckEntry, batchAckBody } from './batch-ack.ts'
export { type BrokerStatsData, brokerStatsData } from './broker-stats-data.ts'
export { encodeCompressedRegistration } from './compressed-registration.ts'
export {
  type ConsumerFiltersFile,
  type ConsumerOffsetsFile,
  consumerFiltersFile,
  consumerOffsetsFile,
  type DelayOffsetsFile,
  delayOffsetsFile,
  type FilterData,
  type LightOffsetsFile,
  lightOffsetsFile,
  type SubscriptionGroupsFile,
  staticTopicsFile,
  subscriptionGroupsFile,
  type TopicsFile,
  topicsFile,
} from './config-files.ts'
export {
  type ConsumerConnections,
  consumerConnections,
  type ProducerConnections,
  type ProducerTable,
  producerConnections,
  producerTable,
} from './connections.ts'
export {
  type ConsumeOffset,
  type ConsumeStats,
  type ConsumeStatsList,
  type ConsumeTimeSpans,
  consumeStats,
  consumeStatsList,
  consumeTimeSpans,
} from './consume-stats.ts'
export { type ConsumerOrderInfoFile, consumerOrderInfoFile, type OrderInfo } from './consumer-order-info.ts'
export { type DataVersion, dataVersion } from './data-version.ts'
export {
  type GroupConfigList,
  type GroupForbidden,
  type GroupList,
  type GroupSubscription,
  groupConfigList,
  groupForbidden,
  groupList,
  groupSubscription,
  type TopicConfigList,
  topicConfigList,
} from './group-answers.ts'
export { type ConsumerData, type ConsumerList, consumerList, type HeartbeatData, heartbeatData } from './heartbeat.ts'
export { type JsonOptions, json, optional } from './json.ts'
export { maxCompressedTopics, maxInflatedBytes, maxJsonValues, maxTableValues, maxTopicTextBytes } from './limits.ts'
export { type LockBatchRequest, type LockBatchResponse, lockBatchRequest, lockBatchResponse } from './lock-batch.ts'
export type { MessageQueue } from './message-queue.ts'
export {
  type MessageRequestMode,
  type MessageRequestModes,
  messageRequestMode,
  messageRequestModes,
  messageRequestModesFile,
} from './message-request-mode.ts'
export { changedPropertiesText, decodePropertiesText, encodePropertiesText } from './properties-text.ts'
export {
  type ConsumerStatus,
  consumerStatus,
  encodeQueueOffsetList,
  type QueueOffsets,
  queueOffsets,
} from './queue-offsets.ts'
export {
  type BrokerRegistration,
  decodeRegistration,
  type RegisterBrokerBody,
  registerBrokerBody,
  type TopicConfigTable,
  topicConfigTable,
} from './register-broker.ts'
export {
  type CheckClientRequestBody,
  checkClientRequest,
  type SubscriptionData,
  subscriptionData,
} from './subscription-data.ts'
export {
  type SubscriptionGroupConfig,
  type SubscriptionGroupTable,
  subscriptionGroupConfig,
  subscriptionGroupDefaults,
  subscriptionGroupTable,
} from './subscription-group.ts'
export {
  type BrokerMemberGroup,
  type BrokerMemberGroupBody,
  brokerMemberGroup,
  type ClusterInfo,
  clusterInfo,
  type KvTable,
  kvTable,
  type TopicList,
  topicList,
} from './tables.ts'
export { permission, type TopicConfig, topicConfig } from './topic-config.ts'
export type { TopicQueueMappingDetail, TopicQueueMappingInfo } from './topic-queue-mapping.ts'
export { type BrokerData, encodeTopicRoute, type QueueData, type TopicRouteData, topicRoute } from './topic-route.ts'
export { type TopicStats, topicStats } from './topic-stats.ts'
