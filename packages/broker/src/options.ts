import { systemTopics } from '@cometmq/protocol/message'
import * as v from 'valibot'
import { defaultDelayLevels, parseDelayLevels } from './delay/delay-levels.ts'

/** What is known of an option besides its type: RocketMQ's property name, the unit, and what it does. */
export interface OptionAbout {
  /** The name in `broker.conf`: RocketMQ's, or ours where RocketMQ has none; absent for what is not set there. */
  property?: string
  unit?: string
  help: string
}

const int = (min: number, max = 2_147_483_647) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const port = () => int(0, 65_535)
const requests = (limit: number, property: string, what: string) =>
  option(v.optional(int(1), limit), {
    property,
    unit: 'requests',
    help: `how many ${what} may be in progress; one more is refused as busy`,
  })
const option = <const S extends v.GenericSchema>(schema: S, about: OptionAbout) =>
  v.pipe(schema, v.metadata({ ...about }))

/** The broker's options. The store's are a schema of their own. */
export const brokerOptions = v.object({
  brokerName: option(v.optional(v.pipe(v.string(), v.nonEmpty()), 'broker-a'), {
    property: 'brokerName',
    help: 'name of the master and its slaves',
  }),
  clusterName: option(v.optional(v.pipe(v.string(), v.nonEmpty()), 'DefaultCluster'), {
    property: 'brokerClusterName',
    help: 'cluster it belongs to',
  }),
  brokerId: option(v.optional(v.pipe(int(0, 0)), 0), {
    property: 'brokerId',
    help: '0 is the master; slaves are not supported yet',
  }),
  advertiseHost: option(v.pipe(v.string(), v.nonEmpty()), {
    property: 'brokerIP1',
    help: 'the address that clients are told to connect to',
  }),
  listenHost: option(v.optional(v.string(), '0.0.0.0'), { property: 'bindAddress', help: 'the address to listen on' }),
  listenPort: option(v.optional(port(), 10_911), {
    property: 'listenPort',
    help: 'the port to listen on; clients of the VIP channel use two below it',
  }),
  haListenPort: option(v.optional(port()), {
    property: 'haListenPort',
    help: 'the replication port that NameServers are told; one above listenPort unless set',
  }),
  nameServers: option(v.optional(v.array(v.object({ host: v.string(), port: port() })), []), {
    property: 'namesrvAddr',
    help: 'NameServers to register with, separated by semicolons',
  }),
  configDirectory: option(v.pipe(v.string(), v.nonEmpty()), {
    help: 'where topics.json, subscriptionGroup.json and consumerOffset.json are kept',
  }),
  configPath: option(v.optional(v.pipe(v.string(), v.nonEmpty())), {
    property: 'brokerConfigPath',
    help: 'the configuration file, in which changes that administrators make at run time are noted; --config unless set',
  }),
  permission: option(v.optional(int(0, 7), 6), { property: 'brokerPermission', help: '2 write, 4 read, 6 both' }),
  autoCreateTopic: option(v.optional(v.boolean(), true), {
    property: 'autoCreateTopicEnable',
    help: 'create a topic when a message is sent to it',
  }),
  autoCreateGroup: option(v.optional(v.boolean(), true), {
    property: 'autoCreateSubscriptionGroup',
    help: 'create a consumer group when it first appears',
  }),
  defaultTopicQueues: option(v.optional(int(1, 65_535), 8), {
    property: 'defaultTopicQueueNums',
    unit: 'queues',
    help: 'the most queues of a topic that is created by sending to it',
  }),
  region: option(v.optional(v.string(), 'DefaultRegion'), {
    property: 'regionId',
    help: 'region that messages are marked with',
  }),
  traceOn: option(v.optional(v.boolean(), true), {
    property: 'traceOn',
    help: 'tell clients that messages may be traced',
  }),
  traceTopic: option(v.optional(v.boolean(), false), {
    property: 'traceTopicEnable',
    help: 'have the topic for message traces from the start; otherwise the first trace that is sent creates it, where autoCreateTopicEnable allows',
  }),
  traceTopicName: option(v.optional(v.pipe(v.string(), v.nonEmpty()), systemTopics.TRACE), {
    property: 'msgTraceTopicName',
    help: 'the topic for message traces',
  }),
  longPolling: option(v.optional(v.boolean(), true), {
    property: 'longPollingEnable',
    help: 'hold a pull that finds nothing for as long as the client says; otherwise for shortPollingTimeMills',
  }),
  shortPollingMs: option(v.optional(int(1), 1_000), {
    property: 'shortPollingTimeMills',
    unit: 'ms',
    help: 'how long a pull is held without long polling',
  }),
  notifyConsumerChange: option(v.optional(v.boolean(), true), {
    property: 'realTimeNotifyConsumerChange',
    help: 'tell a group at once when a consumer joins or leaves; otherwise every 15 s',
  }),
  clientExpiryMs: option(v.optional(int(1_000), 120_000), {
    property: 'channelExpiredTimeout',
    unit: 'ms',
    help: 'a client without a heartbeat for so long is forgotten',
  }),
  registerPeriodMs: option(
    v.optional(
      v.pipe(
        int(1),
        v.transform((ms) => Math.min(Math.max(ms, 10_000), 60_000)),
      ),
      30_000,
    ),
    {
      property: 'registerNameServerPeriod',
      unit: 'ms',
      help: 'how often to register with the NameServers, 10 000 to 60 000',
    },
  ),
  registerTimeoutMs: option(v.optional(int(1), 24_000), {
    property: 'registerBrokerTimeoutMills',
    unit: 'ms',
    help: 'how long a NameServer may take to answer',
  }),
  offsetFlushMs: option(v.optional(int(100), 5_000), {
    property: 'flushConsumerOffsetInterval',
    unit: 'ms',
    help: 'how often committed offsets are written to disk',
  }),
  storeReplies: option(v.optional(v.boolean(), true), {
    property: 'storeReplyMessageEnable',
    help: 'keep the replies to requests in <cluster>_REPLY_TOPIC, besides passing them on',
  }),
  rejectTransactions: option(v.optional(v.boolean(), false), {
    property: 'rejectTransactionMessage',
    help: 'refuse transactional messages',
  }),
  transactionTimeoutMs: option(v.optional(int(0), 6_000), {
    property: 'transactionTimeOut',
    unit: 'ms',
    help: 'how long a transaction may be open before its producers are asked, unless its message says CHECK_IMMUNITY_TIME_IN_SECONDS',
  }),
  transactionChecks: option(v.optional(int(0), 15), {
    property: 'transactionCheckMax',
    unit: 'checks',
    help: 'how often producers are asked before a transaction is given up and its message goes to TRANS_CHECK_MAX_TIME_TOPIC',
  }),
  transactionCheckMs: option(v.optional(int(100), 30_000), {
    property: 'transactionCheckInterval',
    unit: 'ms',
    help: 'how often open transactions are looked for',
  }),
  opMessageBytes: option(v.optional(int(1, 1_048_576), 4_096), {
    property: 'transactionOpMsgMaxSize',
    unit: 'bytes',
    help: 'decisions on transactions are written to the log when they have so many',
  }),
  opMessageMs: option(v.optional(int(1), 3_000), {
    property: 'transactionOpBatchInterval',
    unit: 'ms',
    help: 'decisions on transactions are written to the log not later than this',
  }),
  delayLevels: option(
    v.optional(
      v.pipe(
        v.string(),
        v.check((text) => parseDelayLevels(text) !== undefined, 'delays like "1s 5s 10m 2h"'),
      ),
      defaultDelayLevels,
    ),
    { property: 'messageDelayLevel', help: 'the delays of the levels, the first is level 1' },
  ),
  timers: option(v.optional(v.boolean(), true), {
    property: 'timerWheelEnable',
    help: 'deliver messages at a time of their own (TIMER_DELAY_SEC, TIMER_DELAY_MS, TIMER_DELIVER_MS)',
  }),
  timerMaxDelaySec: option(v.optional(int(1), 259_200), {
    property: 'timerMaxDelaySec',
    unit: 's',
    help: 'the farthest time at which a message may be delivered; beyond it the message is refused',
  }),
  timersPerSecond: option(v.optional(int(1), 1_000_000), {
    property: 'timerCongestNumEachSlot',
    unit: 'messages',
    help: 'how many messages may wait for one and the same second; one more is refused',
  }),
  timerRollWindowSec: option(v.optional(int(60, 604_800), 172_800), {
    property: 'timerRollWindowSlot',
    unit: 's',
    help: 'a message that waits longer is appended to the log again from time to time, so that it stays there; two thirds of fileReservedTime at most',
  }),
  timerLogFileBytes: option(v.optional(int(104), 104_857_600), {
    property: 'mappedFileSizeTimerLog',
    unit: 'bytes',
    help: 'size of the files of the timer log; files that are there must have it',
  }),
  recall: option(v.optional(v.boolean(), false), {
    property: 'recallMessageEnable',
    help: 'let producers take back a message that waits for its time (RECALL_MESSAGE)',
  }),
  lightQueues: option(v.optional(v.boolean(), false), {
    property: 'enableLmq',
    help: 'serve light queues (%LMQ%…): topics and groups of that name exist without being created',
  }),
  clearRetryTopics: option(v.optional(v.boolean(), true), {
    property: 'clearRetryTopicWhenDeleteTopic',
    help: 'delete the retry topics of POP consumers together with a topic',
  }),
  propertyFilter: option(v.optional(v.boolean(), false), {
    property: 'enablePropertyFilter',
    help: 'serve consumers that filter by SQL92 expressions',
  }),
  filterSubscriptions: option(v.optional(int(1, 1_024), 32), {
    property: 'expectConsumerNumUseFilter',
    unit: 'subscriptions',
    help: 'for how many SQL92 subscriptions of a topic the bloom filter is sized',
  }),
  filterErrorPercent: option(v.optional(int(1, 99), 20), {
    property: 'maxErrorRateOfBloomFilter',
    unit: 'percent',
    help: 'how many messages the bloom filter may let pass that do not match',
  }),
  filterDataCleanMs: option(v.optional(int(1_000), 86_400_000), {
    property: 'filterDataCleanTimeSpan',
    unit: 'ms',
    help: 'how long the SQL92 subscriptions of a group are remembered that has no consumer any more',
  }),
  maxUniqueKeyMessages: option(v.optional(int(1), 32), {
    property: 'defaultQueryMaxNum',
    unit: 'messages',
    help: 'the most that a query by unique key answers; one by key answers what it asks for, up to maxMsgsNumBatch',
  }),
  serverSideReset: option(v.optional(v.boolean(), true), {
    property: 'useServerSideResetOffset',
    help: 'an offset that an administrator resets is told with the next pull, whether or not consumers are connected now; otherwise connected consumers are notified',
  }),
  configBlackList: option(v.optional(v.string(), 'configBlackList;brokerConfigPath'), {
    property: 'configBlackList',
    help: 'properties that updateBrokerConfig must not change, besides those that it never does; separated by semicolons',
  }),
  disableSlowGroups: option(v.optional(v.boolean(), false), {
    property: 'disableConsumeIfConsumerReadSlowly',
    help: 'switch consumeEnable of a group off that reads farther behind the end of the log than consumerFallbehindThreshold',
  }),
  slowGroupBytes: option(v.optional(int(1, Number.MAX_SAFE_INTEGER), 16 * 1024 ** 3), {
    property: 'consumerFallbehindThreshold',
    unit: 'bytes',
    help: 'how far behind the end of the log a group may read when disableConsumeIfConsumerReadSlowly is on',
  }),
  maxHeldPulls: option(v.optional(int(1), 100_000), {
    property: 'maxHeldPulls',
    unit: 'pulls',
    help: 'how many pulls are held that wait for messages; one more is refused as busy',
  }),
  sendRequests: requests(10_000, 'sendThreadPoolQueueCapacity', 'sends'),
  replyRequests: requests(10_000, 'replyThreadPoolQueueCapacity', 'replies to requests'),
  pullRequests: requests(100_000, 'pullThreadPoolQueueCapacity', 'pulls, besides those that are held,'),
  litePullRequests: requests(100_000, 'litePullThreadPoolQueueCapacity', 'lite pulls, besides those that are held,'),
  heartbeatRequests: requests(50_000, 'heartbeatThreadPoolQueueCapacity', 'heartbeats'),
  queryRequests: requests(20_000, 'queryThreadPoolQueueCapacity', 'queries for messages'),
  clientRequests: requests(1_000_000, 'clientManagerThreadPoolQueueCapacity', 'requests of clients about themselves'),
  consumerRequests: requests(1_000_000, 'consumerManagerThreadPoolQueueCapacity', 'requests about groups and offsets'),
  transactionRequests: requests(100_000, 'endTransactionPoolQueueCapacity', 'decisions on transactions'),
  acknowledgeRequests: requests(100_000, 'ackThreadPoolQueueCapacity', 'acknowledgements of popped messages'),
  assignmentRequests: requests(100_000, 'loadBalanceThreadPoolQueueCapacity', 'questions for queues to read'),
  adminRequests: requests(10_000, 'adminBrokerThreadPoolQueueCapacity', 'requests of administrators'),
  litePull: option(v.optional(v.boolean(), true), {
    property: 'litePullMessageEnable',
    help: 'serve lite pull consumers',
  }),
  retryTopicV2: option(v.optional(v.boolean(), false), {
    property: 'enableRetryTopicV2',
    help: 'popped messages that were not acknowledged come again in %RETRY%GROUP+TOPIC; otherwise in %RETRY%GROUP_TOPIC',
  }),
  popRetryTopicV1: option(v.optional(v.boolean(), true), {
    property: 'retrieveMessageFromPopRetryTopicV1',
    help: 'with enableRetryTopicV2: pop also what is in %RETRY%GROUP_TOPIC',
  }),
  popFromRetryPercent: option(v.optional(int(0, 100), 20), {
    property: 'popFromRetryProbability',
    unit: 'percent',
    help: 'how many pops begin with the messages that come again',
  }),
  popFromRetryPercentForPriority: option(v.optional(int(0, 100), 0), {
    property: 'popFromRetryProbabilityForPriority',
    unit: 'percent',
    help: 'the same for topics of type PRIORITY',
  }),
  priorityOrderAscending: option(v.optional(v.boolean(), true), {
    property: 'priorityOrderAsc',
    help: 'the queue with the highest number has the highest priority; otherwise queue 0',
  }),
  popKeepsRetryTopic: option(v.optional(v.boolean(), false), {
    property: 'popResponseReturnActualRetryTopic',
    help: 'messages that come again are popped with the name of their retry topic',
  }),
  popBeginsWhenInMemory: option(v.optional(v.boolean(), true), {
    property: 'initPopOffsetByCheckMsgInMem',
    help: 'a group that pops the newest begins with the first message when all of the queue is in memory; otherwise with the last one',
  }),
  popPollingSize: option(v.optional(int(1), 1_024), {
    property: 'popPollingSize',
    unit: 'requests',
    help: 'how many pops of a group may wait for one queue, or for any; one more is answered POLLING_FULL',
  }),
  maxPopPollingSize: option(v.optional(int(1, 1_000_000), 100_000), {
    property: 'maxPopPollingSize',
    unit: 'requests',
    help: 'how many pops may wait in all; one more is answered POLLING_FULL',
  }),
  notificationFilter: option(v.optional(v.boolean(), true), {
    property: 'useMessageFilterForNotification',
    help: 'who waits to be told of messages is told only of those that match its filter',
  }),
  notificationFilterMessages: option(v.optional(int(0, 10_000), 64), {
    property: 'maxMessageFilterNumForNotification',
    unit: 'messages',
    help: 'whether one of them matches is looked for among so many; when there are more, it is said that there are some',
  }),
  messageRequestMode: option(v.optional(v.picklist(['PULL', 'POP']), 'PULL'), {
    property: 'defaultMessageRequestMode',
    help: 'PULL or POP: how consumers read for whom the broker allots queues, unless an administrator has said so',
  }),
  popShareQueues: option(v.optional(int(-1), -1), {
    property: 'defaultPopShareQueueNum',
    unit: 'queues',
    help: 'how many other consumers a queue is popped by; -1: by all',
  }),
  serverLoadBalancer: option(v.optional(v.boolean(), true), {
    property: 'serverLoadBalancerEnable',
    help: 'allot queues to the consumers who ask for it; otherwise each is given all',
  }),
})

export type BrokerOptions = v.InferOutput<typeof brokerOptions>
export type BrokerOptionsInput = v.InferInput<typeof brokerOptions>
