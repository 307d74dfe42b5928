import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { brokerOptions, type OptionAbout } from '../src/index.ts'

const needed = { advertiseHost: '10.0.0.1', configDirectory: '/config' }

/** Each option with its default and with the name that it has in Apache's broker.conf. */
const expected: Record<string, [unknown, string | undefined]> = {
  brokerName: ['broker-a', 'brokerName'],
  clusterName: ['DefaultCluster', 'brokerClusterName'],
  brokerId: [0, 'brokerId'],
  advertiseHost: ['10.0.0.1', 'brokerIP1'],
  listenHost: ['0.0.0.0', 'bindAddress'],
  listenPort: [10_911, 'listenPort'],
  haListenPort: [undefined, 'haListenPort'],
  nameServers: [[], 'namesrvAddr'],
  configDirectory: ['/config', undefined],
  configPath: [undefined, 'brokerConfigPath'],
  permission: [6, 'brokerPermission'],
  autoCreateTopic: [true, 'autoCreateTopicEnable'],
  autoCreateGroup: [true, 'autoCreateSubscriptionGroup'],
  defaultTopicQueues: [8, 'defaultTopicQueueNums'],
  region: ['DefaultRegion', 'regionId'],
  traceOn: [true, 'traceOn'],
  traceTopic: [false, 'traceTopicEnable'],
  traceTopicName: ['RMQ_SYS_TRACE_TOPIC', 'msgTraceTopicName'],
  longPolling: [true, 'longPollingEnable'],
  shortPollingMs: [1_000, 'shortPollingTimeMills'],
  notifyConsumerChange: [true, 'realTimeNotifyConsumerChange'],
  clientExpiryMs: [120_000, 'channelExpiredTimeout'],
  registerPeriodMs: [30_000, 'registerNameServerPeriod'],
  registerTimeoutMs: [24_000, 'registerBrokerTimeoutMills'],
  offsetFlushMs: [5_000, 'flushConsumerOffsetInterval'],
  storeReplies: [true, 'storeReplyMessageEnable'],
  rejectTransactions: [false, 'rejectTransactionMessage'],
  transactionTimeoutMs: [6_000, 'transactionTimeOut'],
  transactionChecks: [15, 'transactionCheckMax'],
  transactionCheckMs: [30_000, 'transactionCheckInterval'],
  opMessageBytes: [4_096, 'transactionOpMsgMaxSize'],
  opMessageMs: [3_000, 'transactionOpBatchInterval'],
  delayLevels: ['1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h', 'messageDelayLevel'],
  lightQueues: [false, 'enableLmq'],
  clearRetryTopics: [true, 'clearRetryTopicWhenDeleteTopic'],
  propertyFilter: [false, 'enablePropertyFilter'],
  filterSubscriptions: [32, 'expectConsumerNumUseFilter'],
  filterErrorPercent: [20, 'maxErrorRateOfBloomFilter'],
  filterDataCleanMs: [86_400_000, 'filterDataCleanTimeSpan'],
  maxUniqueKeyMessages: [32, 'defaultQueryMaxNum'],
  serverSideReset: [true, 'useServerSideResetOffset'],
  configBlackList: ['configBlackList;brokerConfigPath', 'configBlackList'],
  maxHeldPulls: [100_000, 'maxHeldPulls'],
  sendRequests: [10_000, 'sendThreadPoolQueueCapacity'],
  replyRequests: [10_000, 'replyThreadPoolQueueCapacity'],
  pullRequests: [100_000, 'pullThreadPoolQueueCapacity'],
  litePullRequests: [100_000, 'litePullThreadPoolQueueCapacity'],
  heartbeatRequests: [50_000, 'heartbeatThreadPoolQueueCapacity'],
  queryRequests: [20_000, 'queryThreadPoolQueueCapacity'],
  clientRequests: [1_000_000, 'clientManagerThreadPoolQueueCapacity'],
  consumerRequests: [1_000_000, 'consumerManagerThreadPoolQueueCapacity'],
  transactionRequests: [100_000, 'endTransactionPoolQueueCapacity'],
  adminRequests: [10_000, 'adminBrokerThreadPoolQueueCapacity'],
  acknowledgeRequests: [100_000, 'ackThreadPoolQueueCapacity'],
  assignmentRequests: [100_000, 'loadBalanceThreadPoolQueueCapacity'],
  retryTopicV2: [false, 'enableRetryTopicV2'],
  popRetryTopicV1: [true, 'retrieveMessageFromPopRetryTopicV1'],
  popFromRetryPercent: [20, 'popFromRetryProbability'],
  popFromRetryPercentForPriority: [0, 'popFromRetryProbabilityForPriority'],
  priorityOrderAscending: [true, 'priorityOrderAsc'],
  popKeepsRetryTopic: [false, 'popResponseReturnActualRetryTopic'],
  popBeginsWhenInMemory: [true, 'initPopOffsetByCheckMsgInMem'],
  popPollingSize: [1_024, 'popPollingSize'],
  maxPopPollingSize: [100_000, 'maxPopPollingSize'],
  notificationFilter: [true, 'useMessageFilterForNotification'],
  notificationFilterMessages: [64, 'maxMessageFilterNumForNotification'],
  messageRequestMode: ['PULL', 'defaultMessageRequestMode'],
  popShareQueues: [-1, 'defaultPopShareQueueNum'],
  serverLoadBalancer: [true, 'serverLoadBalancerEnable'],
  litePull: [true, 'litePullMessageEnable'],
  timers: [true, 'timerWheelEnable'],
  timerMaxDelaySec: [259_200, 'timerMaxDelaySec'],
  timersPerSecond: [1_000_000, 'timerCongestNumEachSlot'],
  timerRollWindowSec: [172_800, 'timerRollWindowSlot'],
  timerLogFileBytes: [104_857_600, 'mappedFileSizeTimerLog'],
  recall: [false, 'recallMessageEnable'],
  disableSlowGroups: [false, 'disableConsumeIfConsumerReadSlowly'],
  slowGroupBytes: [17_179_869_184, 'consumerFallbehindThreshold'],
}

test('each option has RocketMQ’s default and property name', () => {
  const defaults: Record<string, unknown> = v.parse(brokerOptions, needed)
  for (const [name, schema] of Object.entries(brokerOptions.entries)) {
    const about = v.getMetadata(schema) as unknown as OptionAbout
    assert.ok(name in expected, `${name} is not in this table`)
    assert.deepEqual([defaults[name], about.property], expected[name], name)
    assert.ok(about.help.length > 5, name)
  }
  assert.equal(Object.keys(brokerOptions.entries).length, Object.keys(expected).length)
})

test('what makes no sense is refused', () => {
  const refused: Record<string, unknown>[] = [
    { brokerName: '' },
    { brokerId: 1 },
    { listenPort: 70_000 },
    { permission: 8 },
    { defaultTopicQueues: 0 },
    { delayLevels: '1s, 5s' },
    { nameServers: ['host:9876'] },
    { advertiseHost: '' },
  ]
  for (const options of refused)
    assert.equal(v.safeParse(brokerOptions, { ...needed, ...options }).success, false, JSON.stringify(options))
})

test('the period of registration is kept between 10 s and 60 s, as Apache keeps it', () => {
  const periodOf = (registerPeriodMs: number) =>
    v.parse(brokerOptions, { ...needed, registerPeriodMs }).registerPeriodMs
  assert.deepEqual([1, 10_000, 45_000, 3_600_000].map(periodOf), [10_000, 10_000, 45_000, 60_000])
})
