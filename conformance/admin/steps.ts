/** A step of an administrator, or, with a leading `!`, of clients; see `java/Clients.java` for these. */
export interface Step {
  readonly run: readonly string[]
  /** Lines of what is printed that count; all unless given. */
  readonly keep?: RegExp
  /** What is printed in any order. */
  readonly sorted?: true
  /** What differs from run to run, and what stands for it. */
  readonly mask?: readonly (readonly [RegExp, string])[]
}

/** What the outcome of a step is called, by its place among the steps of its scenario. */
export function factName({ run }: Step, place: number): string {
  return `${String(place + 1).padStart(2, '0')} ${run.join(' ')}`
}

type Options = Omit<Step, 'run'>

/** A command as it is typed. */
const step = (line: string, options: Options = {}): Step => ({ run: line.split(' '), ...options })

const c = '-c DefaultCluster'
/** A consumer that is connected also shows its retry topic, once it has committed there. */
const own = /^(A[A-Z]\d|Consume)/
/** How fast depends on when it is looked at. */
const rates: readonly (readonly [RegExp, string])[] = [[/Consume TPS: .*/, 'Consume TPS']]

/** What `brokerStatus` must have; figures differ. */
const statusKeys =
  /^(brokerActive|brokerVersionDesc|bootTimestamp|runtime|msg(Put|Get)Total\w+|EndTransaction\w+|putTps|get(Found|Miss|Total|Transferred)Tps|commitLogM(ax|in)Offset|commitLogDiskRatio|earliestMessageTimeStamp|(send|pull|query)ThreadPoolQueueSize|timer\w+|remainHowManyDataToFlush) /

const configKeys =
  /^(autoCreateTopicEnable|autoCreateSubscriptionGroup|brokerName|brokerClusterName|brokerId|brokerPermission|fileReservedTime|deleteWhen|flushDiskType|maxMessageSize|useServerSideResetOffset|defaultTopicQueueNums|traceOn|longPollingEnable) /

const slowKeys = /^(disableConsumeIfConsumerReadSlowly|consumerFallbehindThreshold) /
const clock: readonly (readonly [RegExp, string])[] = [[/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME']]

/** By scenario, of which each has topics and groups of its own; they run side by side. */
export const adminSteps: Readonly<Record<string, readonly Step[]>> = {
  'admin-topics': [
    step(`updateTopic ${c} -t AT1 -r 4 -w 4 -a +message.type=FIFO`),
    step('topicRoute -t AT1'),
    step('topicList', { keep: /^AT1$/ }),
    step('topicList -c', { keep: / AT1 / }),
    step('topicClusterList -t AT1'),
    step('topicStatus -t AT1'),
    step('updateTopic -b @broker -t AT1 -r 8 -w 2 -a -message.type,+reserve.time=5'),
    step('topicRoute -t AT1 -l', { keep: /^DefaultCluster|^Total/ }),
    step(`updateTopicPerm ${c} -t AT1 -p 4`),
    step('topicRoute -t AT1 -l', { keep: /^DefaultCluster|^Total/ }),
    step(`updateTopicPerm ${c} -t AT1 -p 6`),
    step(`updateTopic ${c} -t AT1 -r 8 -w 2 -a +no.such=1`),
    step(`updateTopic ${c} -t AT1 -r 8 -w 2 -a -message.type`),
    step(`updateTopic ${c} -t AT1 -r 8 -w 2 -a +queue.type=BatchCQ`),
    step(`updateTopic ${c} -t BenchmarkTest`),
    step(`updateTopic ${c} -t DefaultCluster`),
    step(`updateTopic ${c} -t not:allowed`),
    step(`updateOrderConf -t AT1 -m put -v broker-a:8`),
    step('updateOrderConf -t AT1 -m get'),
    step('updateOrderConf -t AT1 -m delete'),
    step(`deleteTopic ${c} -t AT1`),
    step('topicRoute -t AT1'),
    step('topicStatus -t AT1'),
    step('topicList', { keep: /^AT1$/ }),
    step(`deleteTopic ${c} -t BenchmarkTest`),
  ],
  'admin-shrink': [
    step(`updateTopic ${c} -t AQ1 -r 16 -w 16`),
    step('!send AQP AQ1 15 3'),
    step('!send AQP AQ1 2 2'),
    step(`updateTopic ${c} -t AQ1 -r 16 -w 8`),
    step('topicRoute -t AQ1 -l', { keep: /^DefaultCluster/ }),
    step('!consume AQG AQ1'),
    step('!received AQG 5'),
    step('consumerProgress -g AQG -t AQ1', { mask: rates, keep: / (2|15) .*\d|Total/ }),
    step('topicStatus -t AQ1', { keep: / (2|15) / }),
    step('!stop AQG'),
    step(`updateTopic ${c} -t AQ1 -r 8 -w 8`),
    step('topicStatus -t AQ1'),
  ],
  'admin-permissions': [
    step(`updateTopic ${c} -t AY1 -r 8 -w 4`),
    step('!spread AY1 40'),
    step('!pull AYG AY1 0'),
    step('!pull AYG AY1 7'),
    step('!pull AYG AY1 8'),
    step(`updateTopicPerm ${c} -t AY1 -p 4`),
    step('!spread AY1 1'),
    step('!pull AYG AY1 0'),
    step(`updateTopicPerm ${c} -t AY1 -p 2`),
    step('!spread AY1 40'),
    step('!pull AYG AY1 0'),
    step(`updateTopicPerm ${c} -t AY1 -p 6`),
    step(`updateTopic ${c} -t AY1 -r 2 -w 2`),
    step('!spread AY1 20'),
    step('!pull AYG AY1 0'),
    step('!pull AYG AY1 2'),
  ],
  'admin-groups': [
    step(`updateSubGroup ${c} -g AG1 -r 3 -q 2 -s true`),
    step('getConsumerConfig -g AG1'),
    step(`updateSubGroup ${c} -g AG1 -s false -m true -d true -o true -a false --attributes +priority.factor=50`),
    step('getConsumerConfig -g AG1'),
    step(`updateSubGroup ${c} -g AG1 --attributes +no.such=1`),
    step(`updateSubGroup ${c} -g AG1 --attributes=-priority.factor`),
    step('getConsumerConfig -g AG1'),
    step(`updateSubGroup ${c} -g AG1 -p {"type":"EXPONENTIAL"}`),
    step('getConsumerConfig -g AG1'),
    step('consumerProgress -g AG1'),
    step('consumerConnection -g AG1'),
    step(`deleteSubGroup ${c} -g AG1 -r true`),
    step('getConsumerConfig -g AG1'),
  ],
  'admin-clients': [
    step(`updateTopic ${c} -t AC1 -r 2 -w 2`),
    step('!send ACP AC1 0 10'),
    step('!consume ACG AC1'),
    step('!received ACG 10'),
    step('consumerConnection -g ACG', { sorted: true }),
    step('producerConnection -g ACP -t AC1'),
    step('producerConnection -g none -t AC1'),
    step('consumerStatus -g ACG'),
    step('consumerStatus -g ACG -i @client', {
      keep: /^#|Topic: |PROP_CONSUME|MessageModel|AC1/,
      mask: [[/(lastPull|lastConsume|lastLock)\w+=\d+/g, '$1']],
    }),
    step('consumerProgress -g ACG', { mask: rates, keep: own }),
    step('consumerProgress -g ACG -s true', { mask: rates, keep: own }),
    step('consumerProgress', { keep: /^ACG /, mask: [[/CLUSTERING [\d.]+/, 'CLUSTERING TPS']] }),
    step('producer -b @broker', { keep: /\(ACP\)/ }),
    step('topicList -c', { keep: / AC1 / }),
    step('!stop ACG'),
    step('consumerConnection -g ACG'),
    step('consumerStatus -g ACG'),
  ],
  'admin-offsets': [
    step(`updateTopic ${c} -t AO1 -r 2 -w 2`),
    step('!send AOP AO1 0 5'),
    step('!now @middle'),
    step('!send AOP AO1 0 5'),
    step('!send AOP AO1 1 2'),
    step('!consume AOG AO1'),
    step('!received AOG 12'),
    step('resetOffsetByTime -g AOG -t AO1 -s @middle', { sorted: true }),
    step('!received AOG 7'),
    step('consumerProgress -g AOG', { mask: rates, keep: own }),
    step('!stop AOG'),
    step('resetOffsetByTime -g AOG -t AO1 -s 0', { sorted: true }),
    step('consumerProgress -g AOG', { mask: rates, keep: own }),
    step('resetOffsetByTime -g AOG -t AO1 -s 0 -b @broker -q 0 -o 4', { sorted: true }),
    step('resetOffsetByTime -g AOG -t AO1 -s 0 -b @broker -q 0 -o 99', { sorted: true }),
    step('consumerProgress -g AOG', { mask: rates, keep: own }),
    step('skipAccumulatedMessage -g AOG -t AO1', { sorted: true }),
    step('consumerProgress -g AOG', { mask: rates, keep: own }),
    step('!consume AOG AO1'),
    step('!send AOP AO1 1 1'),
    step('!received AOG 1'),
    step(`updateSubGroup ${c} -g AOG2`, { keep: /^create/ }),
    step('cloneGroupOffset -s AOG -d AOG2 -t AO1'),
    step('brokerConsumeStats -b @broker', { keep: / AOG2? /, sorted: true }),
    // To the millisecond in which the fourth message was stored, before it and behind it. Nobody is connected: an Apache broker keeps who is for half a minute each time.
    step(`updateTopic ${c} -t AO2 -r 1 -w 1`),
    step('!apart AOP2 AO2 5 @at'),
    step('!consume AOG3 AO2'),
    step('!received AOG3 5'),
    step('!stop AOG3'),
    step('resetOffsetByTime -g AOG3 -t AO2 -s @before3'),
    step('resetOffsetByTime -g AOG3 -t AO2 -s @at3'),
    step('resetOffsetByTime -g AOG3 -t AO2 -s @after3'),
    step('consumerProgress -g AOG3', { mask: rates, keep: own }),
    step('!consume AOG3 AO2'),
    step('!received AOG3 1'),
    // The way of releases before 5.x, in which consumers that are connected are told; a broker can be switched to it while it runs.
    step('updateBrokerConfig -b @broker -k useServerSideResetOffset -v false'),
    step('resetOffsetByTime -g AOG -t AO1 -s @middle', { sorted: true }),
    step('!received AOG 8'),
    step('consumerProgress -g AOG', { mask: rates, keep: own }),
    step('resetOffsetByTime -g AOG3 -t AO2 -s @at3'),
    step('!received AOG3 2'),
    step('resetOffsetByTime -g AOG3 -t AO2 -s @after3'),
    step('!received AOG3 1'),
    step('!stop AOG3'),
    step('!stop AOG'),
    step('resetOffsetByTime -g AOG -t AO1 -s 0', { sorted: true }),
    step('consumerProgress -g AOG', { mask: rates, keep: own }),
    step('updateBrokerConfig -b @broker -k useServerSideResetOffset -v true'),
    step('resetOffsetByTime -g NoGroup -t AO1 -s 0'),
    step('resetOffsetByTime -g AOG -t NoTopic -s 0'),
  ],
  'admin-static-topics': [
    step(`updateStaticTopic ${c} -t AL1 -qn 4`, { mask: [[/file .*\//, 'file ']] }),
    step('topicRoute -t AL1'),
  ],
  'admin-messages': [
    step(`updateTopic ${c} -t AM1 -r 1 -w 1`),
    step('!send AMP AM1 0 6'),
    step('!await AM1 6'),
    step('!consume AMG AM1'),
    step('!received AMG 6'),
    step('queryMsgById -t AM1 -i @offset3'),
    step('queryMsgById -t AM1 -i @unique3'),
    step('queryMsgById -t AM1 -i @unique3 -g AMG -d @client', { mask: [[/spentTimeMills=\d+/, 'spentTimeMills']] }),
    step('!received AMG 1'),
    step('queryMsgByUniqueKey -t AM1 -i @unique5'),
    step('queryMsgByUniqueKey -t AM1 -i @unique4 -g AMG -d @client', {
      mask: [[/spentTimeMills=\d+/, 'spentTimeMills']],
    }),
    step('!received AMG 1'),
    step('queryMsgByKey -t AM1 -k k4', { mask: [[/\S+@AM1@\S+/, 'INDEX']] }),
    step('queryMsgByOffset -t AM1 -b broker-a -i 0 -o 2'),
    step('consumeMessage -t AM1 -b broker-a -i 0 -o 1 -c 2'),
    step('printMsgByQueue -t AM1 -a broker-a -i 0 -p true -d true', { keep: /^MSGID|^tag/i }),
    step('sendMessage -t AM1 -p hello -k key -c tag -b broker-a -i 0'),
    step('!received AMG 1'),
    step('queryMsgByKey -t AM1 -k none'),
  ],
  'admin-stats': [
    step(`updateTopic ${c} -t AZ1 -r 1 -w 1`),
    step('statsAll -t AZ1', { mask: [[/\d+\.\d\d/g, 'RATE']] }),
    step('!consume AZG AZ1'),
    step('!send AZP AZ1 0 12'),
    step('!received AZG 12'),
    step('!counted AZ1 AZG 12'),
    step('statsAll -t AZ1', { keep: /AZ1 /, mask: [[/\d+\.\d\d/g, 'RATE']] }),
  ],
  'admin-slow': [
    step(`updateTopic ${c} -t AF1 -r 1 -w 1`),
    step('!send AFP AF1 0 40'),
    step('!behind AFG AF1 5'),
    step('consumerProgress -g AFG', { mask: rates, keep: own }),
    step('consumerProgress -g AFG -t AF1', { mask: rates, keep: own }),
    step('consumerProgress', { keep: /^AFG /, mask: [[/CLUSTERING [\d.]+/, 'CLUSTERING TPS']] }),
    step('brokerConsumeStats -b @broker', { keep: /AF1 /, mask: clock, sorted: true }),
    step('brokerConsumeStats -b @broker -l 35', { keep: /AF1 /, mask: clock, sorted: true }),
    step('brokerConsumeStats -b @broker -l 36', { keep: /AF1 /, mask: clock, sorted: true }),
    step('statsAll -t AF1', { keep: /AF1 /, mask: [[/ \d+\.\d\d .*/, '']] }),
    step('!fallen GROUP_GET_FALL_SIZE AF1 AFG'),
    step('!fallen GROUP_GET_FALL_TIME AF1 AFG'),
    // What is behind by less than this goes on as before.
    step('getBrokerConfig -b @broker', { keep: slowKeys, sorted: true }),
    step('updateBrokerConfig -b @broker -k disableConsumeIfConsumerReadSlowly -v true'),
    step('updateBrokerConfig -b @broker -k consumerFallbehindThreshold -v 17179869185'),
    step('getBrokerConfig -b @broker', { keep: slowKeys, sorted: true }),
    step('!pull AFG AF1 0'),
    step('updateBrokerConfig -b @broker -k disableConsumeIfConsumerReadSlowly -v false'),
    step('updateBrokerConfig -b @broker -k consumerFallbehindThreshold -v 17179869184'),
    // A group that is switched off, as one is that has fallen behind too far.
    step(`updateSubGroup ${c} -g AFG -s false`, { keep: /^create/ }),
    step('!pull AFG AF1 0'),
    step(`updateSubGroup ${c} -g AFG -s true`, { keep: /^create/ }),
    step('!pull AFG AF1 0'),
    step('!behind AFG AF1 40'),
    step('consumerProgress -g AFG', { mask: rates, keep: own }),
  ],
  'admin-trace': [
    step(`updateTopic ${c} -t AX1 -r 1 -w 1`),
    step('!trace AXP AXG AX1'),
    step('queryMsgTraceById -i @traced', {
      mask: [
        [/\d+ms/g, 'TOOK'],
        [/CLIENT_HOST|(?<=\s)(\d+\.){3}\d+(?=\s)/g, 'HOST'],
      ],
    }),
    step('queryMsgTraceById -i 7F00000100002A139A55000000000000'),
  ],
  'admin-servers': [
    step('clusterList', {
      keep: /^DefaultCluster/,
      mask: [[/(V\S+) .* (true|false)$/, '$1 … $2']],
    }),
    step('clusterList -m', { keep: /^#/ }),
    step('brokerStatus -b @broker', { keep: statusKeys, mask: [[/ ?:.*/, '']] }),
    step('getBrokerConfig -b @broker', { keep: configKeys, sorted: true }),
    // Not autoCreateTopicEnable: a send that asks Apache's broker meanwhile for a new topic takes TBW102 the right to be inherited, for good.
    step('updateBrokerConfig -b @broker -k deleteWhen -v 05'),
    step('getBrokerConfig -b @broker', { keep: /^deleteWhen/ }),
    step('updateBrokerConfig -b @broker -k deleteWhen -v 04'),
    step('updateBrokerConfig -b @broker -k fileReservedTime -v 48'),
    step('getBrokerConfig -b @broker', { keep: /^fileReservedTime/ }),
    step('updateBrokerConfig -b @broker -k brokerConfigPath -v /tmp/x'),
    step('updateBrokerConfig -b @broker -k noSuchProperty -v 1'),
    step('getNamesrvConfig', { keep: /^(enableTopicList|orderMessageEnable|needWaitForService) /, sorted: true }),
    step('updateNamesrvConfig -k orderMessageEnable -v true'),
    step('getNamesrvConfig', { keep: /^orderMessageEnable / }),
    step(`updateTopic ${c} -t AE1 -r 4 -w 4`),
    step('updateOrderConf -t AE1 -m put -v broker-a:2;broker-gone:2'),
    step('topicRoute -t AE1', { keep: /orderTopicConf/ }),
    step('!ordered AE1'),
    step('updateOrderConf -t AE1 -m delete'),
    step('updateNamesrvConfig -k orderMessageEnable -v false'),
    step('updateNamesrvConfig -k kvConfigPath -v /tmp/x'),
    step('wipeWritePerm -b broker-none'),
    step('cleanUnusedTopic -b @broker'),
    step('cleanExpiredCQ -b @broker'),
    step('deleteExpiredCommitLog -b @broker'),
  ],
}
