/** All that can be said on the wire, by request code. Made by `node scripts/new-command.ts`. */
import type { Command } from '../define-command.ts'
import { ackLiteMessage } from './admin/ack-lite-message.ts'
import { cleanExpiredConsumequeue } from './admin/clean-expired-consumequeue.ts'
import { cleanUnusedTopic } from './admin/clean-unused-topic.ts'
import { cloneGroupOffset } from './admin/clone-group-offset.ts'
import { deleteExpiredCommitlog } from './admin/delete-expired-commitlog.ts'
import { deleteSubscriptiongroup } from './admin/delete-subscriptiongroup.ts'
import { deleteTopicInBroker } from './admin/delete-topic-in-broker.ts'
import { getAllProducerInfo } from './admin/get-all-producer-info.ts'
import { getAllSubscriptionGroupConfig } from './admin/get-all-subscription-group-config.ts'
import { getAllTopicConfig } from './admin/get-all-topic-config.ts'
import { getBrokerConfig } from './admin/get-broker-config.ts'
import { getBrokerConsumeStats } from './admin/get-broker-consume-stats.ts'
import { getBrokerLiteInfo } from './admin/get-broker-lite-info.ts'
import { getBrokerRuntimeInfo } from './admin/get-broker-runtime-info.ts'
import { getConsumeStats } from './admin/get-consume-stats.ts'
import { getConsumerConnectionList } from './admin/get-consumer-connection-list.ts'
import { getLiteClientInfo } from './admin/get-lite-client-info.ts'
import { getLiteGroupInfo } from './admin/get-lite-group-info.ts'
import { getLiteTopicInfo } from './admin/get-lite-topic-info.ts'
import { getParentTopicInfo } from './admin/get-parent-topic-info.ts'
import { getProducerConnectionList } from './admin/get-producer-connection-list.ts'
import { getSubscriptiongroupConfig } from './admin/get-subscriptiongroup-config.ts'
import { getSystemTopicListFromBroker } from './admin/get-system-topic-list-from-broker.ts'
import { getTimerCheckPoint } from './admin/get-timer-check-point.ts'
import { getTimerMetrics } from './admin/get-timer-metrics.ts'
import { getTopicConfig } from './admin/get-topic-config.ts'
import { getTopicStatsInfo } from './admin/get-topic-stats-info.ts'
import { invokeBrokerToGetConsumerStatus } from './admin/invoke-broker-to-get-consumer-status.ts'
import { invokeBrokerToResetOffset } from './admin/invoke-broker-to-reset-offset.ts'
import { liteSubscriptionCtl } from './admin/lite-subscription-ctl.ts'
import { popLiteMessage } from './admin/pop-lite-message.ts'
import { queryConsumeTimeSpan } from './admin/query-consume-time-span.ts'
import { querySubscriptionByConsumer } from './admin/query-subscription-by-consumer.ts'
import { queryTopicConsumeByWho } from './admin/query-topic-consume-by-who.ts'
import { queryTopicsByConsumer } from './admin/query-topics-by-consumer.ts'
import { triggerLiteDispatch } from './admin/trigger-lite-dispatch.ts'
import { updateAndCreateStaticTopic } from './admin/update-and-create-static-topic.ts'
import { updateAndCreateSubscriptiongroup } from './admin/update-and-create-subscriptiongroup.ts'
import { updateAndCreateSubscriptiongroupList } from './admin/update-and-create-subscriptiongroup-list.ts'
import { updateAndCreateTopic } from './admin/update-and-create-topic.ts'
import { updateAndCreateTopicList } from './admin/update-and-create-topic-list.ts'
import { updateAndGetGroupForbidden } from './admin/update-and-get-group-forbidden.ts'
import { updateBrokerConfig } from './admin/update-broker-config.ts'
import { viewBrokerStatsData } from './admin/view-broker-stats-data.ts'
import { checkClientConfig } from './client/check-client-config.ts'
import { consumeMessageDirectly } from './client/consume-message-directly.ts'
import { getConsumerRunningInfo } from './client/get-consumer-running-info.ts'
import { getConsumerStatusFromClient } from './client/get-consumer-status-from-client.ts'
import { heartBeat } from './client/heart-beat.ts'
import { pushReplyMessageToClient } from './client/push-reply-message-to-client.ts'
import { resetConsumerClientOffset } from './client/reset-consumer-client-offset.ts'
import { unregisterClient } from './client/unregister-client.ts'
import { getConsumerListByGroup } from './consumer/get-consumer-list-by-group.ts'
import { lockBatchMq } from './consumer/lock-batch-mq.ts'
import { notifyConsumerIdsChanged } from './consumer/notify-consumer-ids-changed.ts'
import { queryConsumerOffset } from './consumer/query-consumer-offset.ts'
import { unlockBatchMq } from './consumer/unlock-batch-mq.ts'
import { updateConsumerOffset } from './consumer/update-consumer-offset.ts'
import { consumerSendMsgBack } from './messaging/consumer-send-msg-back.ts'
import { litePullMessage } from './messaging/lite-pull-message.ts'
import { pullMessage } from './messaging/pull-message.ts'
import { recallMessage } from './messaging/recall-message.ts'
import { sendBatchMessage } from './messaging/send-batch-message.ts'
import { sendMessage } from './messaging/send-message.ts'
import { sendMessageV2 } from './messaging/send-message-v2.ts'
import { sendReplyMessage } from './messaging/send-reply-message.ts'
import { sendReplyMessageV2 } from './messaging/send-reply-message-v2.ts'
import { addWritePermOfBroker } from './namesrv/add-write-perm-of-broker.ts'
import { brokerHeartbeat } from './namesrv/broker-heartbeat.ts'
import { deleteKvConfig } from './namesrv/delete-kv-config.ts'
import { deleteTopicInNamesrv } from './namesrv/delete-topic-in-namesrv.ts'
import { getAllTopicListFromNameserver } from './namesrv/get-all-topic-list-from-nameserver.ts'
import { getBrokerClusterInfo } from './namesrv/get-broker-cluster-info.ts'
import { getBrokerMemberGroup } from './namesrv/get-broker-member-group.ts'
import { getHasUnitSubTopicList } from './namesrv/get-has-unit-sub-topic-list.ts'
import { getHasUnitSubUnunitTopicList } from './namesrv/get-has-unit-sub-ununit-topic-list.ts'
import { getKvConfig } from './namesrv/get-kv-config.ts'
import { getKvListByNamespace } from './namesrv/get-kv-list-by-namespace.ts'
import { getNamesrvConfig } from './namesrv/get-namesrv-config.ts'
import { getRouteinfoByTopic } from './namesrv/get-routeinfo-by-topic.ts'
import { getSystemTopicListFromNs } from './namesrv/get-system-topic-list-from-ns.ts'
import { getTopicsByCluster } from './namesrv/get-topics-by-cluster.ts'
import { getUnitTopicList } from './namesrv/get-unit-topic-list.ts'
import { notifyMinBrokerIdChange } from './namesrv/notify-min-broker-id-change.ts'
import { putKvConfig } from './namesrv/put-kv-config.ts'
import { queryDataVersion } from './namesrv/query-data-version.ts'
import { registerBroker } from './namesrv/register-broker.ts'
import { registerTopicInNamesrv } from './namesrv/register-topic-in-namesrv.ts'
import { unregisterBroker } from './namesrv/unregister-broker.ts'
import { updateNamesrvConfig } from './namesrv/update-namesrv-config.ts'
import { wipeWritePermOfBroker } from './namesrv/wipe-write-perm-of-broker.ts'
import { ackMessage } from './pop/ack-message.ts'
import { batchAckMessage } from './pop/batch-ack-message.ts'
import { changeMessageInvisibletime } from './pop/change-message-invisibletime.ts'
import { getAllMessageRequestMode } from './pop/get-all-message-request-mode.ts'
import { notification } from './pop/notification.ts'
import { peekMessage } from './pop/peek-message.ts'
import { pollingInfo } from './pop/polling-info.ts'
import { popMessage } from './pop/pop-message.ts'
import { queryAssignment } from './pop/query-assignment.ts'
import { setMessageRequestMode } from './pop/set-message-request-mode.ts'
import { getEarliestMsgStoretime } from './query/get-earliest-msg-storetime.ts'
import { getMaxOffset } from './query/get-max-offset.ts'
import { getMinOffset } from './query/get-min-offset.ts'
import { queryMessage } from './query/query-message.ts'
import { searchOffsetByTimestamp } from './query/search-offset-by-timestamp.ts'
import { viewMessageById } from './query/view-message-by-id.ts'
import { checkTransactionState } from './transaction/check-transaction-state.ts'
import { endTransaction } from './transaction/end-transaction.ts'
import { resumeCheckHalfMessage } from './transaction/resume-check-half-message.ts'

const commands: readonly Command[] = [
  updateAndCreateTopic,
  updateAndCreateTopicList,
  getAllTopicConfig,
  updateBrokerConfig,
  getBrokerConfig,
  getBrokerRuntimeInfo,
  heartBeat,
  unregisterClient,
  getConsumerListByGroup,
  notifyConsumerIdsChanged,
  lockBatchMq,
  checkClientConfig,
  getTimerCheckPoint,
  getTimerMetrics,
  updateAndCreateSubscriptiongroup,
  getAllSubscriptionGroupConfig,
  getTopicStatsInfo,
  getConsumerConnectionList,
  getProducerConnectionList,
  deleteSubscriptiongroup,
  getConsumeStats,
  deleteTopicInBroker,
  resetConsumerClientOffset,
  getConsumerStatusFromClient,
  invokeBrokerToResetOffset,
  invokeBrokerToGetConsumerStatus,
  updateAndCreateSubscriptiongroupList,
  queryTopicConsumeByWho,
  queryConsumeTimeSpan,
  getSystemTopicListFromBroker,
  cleanExpiredConsumequeue,
  getConsumerRunningInfo,
  consumeMessageDirectly,
  cloneGroupOffset,
  viewBrokerStatsData,
  getBrokerConsumeStats,
  pushReplyMessageToClient,
  getAllProducerInfo,
  deleteExpiredCommitlog,
  queryTopicsByConsumer,
  ackLiteMessage,
  cleanUnusedTopic,
  sendMessage,
  pullMessage,
  queryMessage,
  queryConsumerOffset,
  updateConsumerOffset,
  searchOffsetByTimestamp,
  getMaxOffset,
  getMinOffset,
  getEarliestMsgStoretime,
  viewMessageById,
  consumerSendMsgBack,
  endTransaction,
  checkTransactionState,
  unlockBatchMq,
  putKvConfig,
  getKvConfig,
  deleteKvConfig,
  registerBroker,
  unregisterBroker,
  getRouteinfoByTopic,
  getBrokerClusterInfo,
  wipeWritePermOfBroker,
  getAllTopicListFromNameserver,
  deleteTopicInNamesrv,
  registerTopicInNamesrv,
  getKvListByNamespace,
  getTopicsByCluster,
  getSystemTopicListFromNs,
  sendMessageV2,
  getUnitTopicList,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  updateNamesrvConfig,
  getNamesrvConfig,
  sendBatchMessage,
  queryDataVersion,
  resumeCheckHalfMessage,
  sendReplyMessage,
  sendReplyMessageV2,
  addWritePermOfBroker,
  querySubscriptionByConsumer,
  getTopicConfig,
  getSubscriptiongroupConfig,
  updateAndGetGroupForbidden,
  litePullMessage,
  recallMessage,
  queryAssignment,
  setMessageRequestMode,
  getAllMessageRequestMode,
  updateAndCreateStaticTopic,
  getBrokerMemberGroup,
  brokerHeartbeat,
  notifyMinBrokerIdChange,
  popMessage,
  ackMessage,
  peekMessage,
  changeMessageInvisibletime,
  notification,
  pollingInfo,
  popLiteMessage,
  liteSubscriptionCtl,
  getBrokerLiteInfo,
  getParentTopicInfo,
  getLiteTopicInfo,
  getLiteClientInfo,
  getLiteGroupInfo,
  triggerLiteDispatch,
  batchAckMessage,
]

export const commandsByCode: ReadonlyMap<number, Command> = new Map(commands.map((command) => [command.code, command]))
