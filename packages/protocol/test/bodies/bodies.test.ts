import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@cometmq/protocol'
import {
  brokerMemberGroup,
  checkClientRequest,
  clusterInfo,
  consumerList,
  encodeTopicRoute,
  heartbeatData,
  kvTable,
  lockBatchRequest,
  lockBatchResponse,
  subscriptionData,
  subscriptionGroupConfig,
  subscriptionGroupDefaults,
  topicConfig,
  topicList,
  topicRoute,
} from '@cometmq/protocol/bodies'
import { parseTagExpression } from '@cometmq/protocol/message'
import { writeFastjson } from '../../src/fastjson/write.ts'
import { fixtureBody } from '../support/fixtures.ts'

const text = (bytes: Buffer) => bytes.toString()
const from = (json: string) => Buffer.from(json)

const routeValue = {
  brokerDatas: [
    {
      brokerAddrs: new Map([
        [0, '127.0.0.9:1911'],
        [1, '127.0.0.9:2911'],
      ]),
      brokerName: 'broker-x',
      cluster: 'CX',
      enableActingMaster: false,
    },
  ],
  filterServerTable: {},
  queueDatas: [{ brokerName: 'broker-x', perm: 6, readQueueNums: 4, topicSysFlag: 0, writeQueueNums: 4 }],
}

test('a route is written as Apache writes it, for new and for old clients', () => {
  for (const [standardJson, name] of [
    [true, 'standard'],
    [true, 'version-gate'],
    [false, 'old-version'],
  ] as const) {
    const recorded = fixtureBody('5.5.0', 'GET_ROUTEINFO_BY_TOPIC', 'response', name)
    assert.equal(text(encodeTopicRoute(routeValue, { standardJson })), text(recorded))
    assert.deepEqual(topicRoute.decode(recorded), routeValue)
  }
})

test('a route of 4.9 lacks what came later', () => {
  assert.deepEqual(
    topicRoute.decode(fixtureBody('4.9.7', 'GET_ROUTEINFO_BY_TOPIC', 'response', 'old-version')),
    routeValue,
  )
})

test('a heartbeat of a push consumer is written as the Java client writes it', () => {
  const recorded = fixtureBody('5.5.0', 'HEART_BEAT', 'request', 'push')
  const decoded = heartbeatData.decode(recorded)
  assert.equal(text(heartbeatData.encode(decoded)), text(recorded))
  const [consumer] = decoded.consumerDataSet
  assert.equal(consumer?.consumeType, 'CONSUME_PASSIVELY')
  for (const { subString, codeSet, tagsSet } of consumer!.subscriptionDataSet)
    assert.deepEqual(parseTagExpression(subString), { tagsSet, codeSet })
})

test('what a heartbeat leaves out has defaults, except the version of a subscription', () => {
  const body = from('{"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[{"topic":"t"}]}]}')
  assert.deepEqual(heartbeatData.decode(body), {
    clientID: 'c',
    consumerDataSet: [
      {
        groupName: 'g',
        unitMode: false,
        subscriptionDataSet: [
          {
            topic: 't',
            subString: '*',
            expressionType: 'TAG',
            classFilterMode: false,
            tagsSet: [],
            codeSet: [],
          },
        ],
      },
    ],
    producerDataSet: [],
    heartbeatFingerprint: 0,
    withoutSub: false,
  })
})

test('enum values come by name and by ordinal, as number or text; unknown ones are absent', () => {
  const modelOf = (value: string) =>
    heartbeatData.decode(from(`{clientID:'c',consumerDataSet:[{groupName:'g',messageModel:${value}}]}`))
      .consumerDataSet[0]!.messageModel
  assert.deepEqual(['"CLUSTERING"', '1', '"0"', '"NEW"', 'null', '{}'].map(modelOf), [
    'CLUSTERING',
    'CLUSTERING',
    'BROADCASTING',
    undefined,
    undefined,
    undefined,
  ])
})

test('the other bodies are written as Apache writes them', () => {
  const queue = { brokerName: 'broker-a', queueId: 1, topic: 'T1' }
  assert.equal(
    text(
      lockBatchRequest.encode({
        clientId: '192.0.2.2@one',
        consumerGroup: 'CO',
        mqSet: [queue],
        onlyThisBroker: false,
      }),
    ),
    text(fixtureBody('5.5.0', 'LOCK_BATCH_MQ', 'request', 'orderly')),
  )
  assert.equal(
    text(lockBatchResponse.encode({ lockOKMQSet: [queue] })),
    text(fixtureBody('5.5.0', 'LOCK_BATCH_MQ', 'response', 'orderly')),
  )
  assert.equal(text(consumerList.encode({ consumerIdList: ['a@1', 'b@2'] })), '{"consumerIdList":["a@1","b@2"]}')
  assert.equal(
    text(kvTable.encode({ table: { k1: 'v/1 ü' } })),
    text(fixtureBody('5.5.0', 'GET_KVLIST_BY_NAMESPACE', 'response', 'list')),
  )
  assert.equal(
    text(topicList.encode({ topicList: ['broker-a', 'DefaultCluster'], brokerAddr: '127.0.0.1:51911' })),
    text(fixtureBody('5.5.0', 'GET_SYSTEM_TOPIC_LIST_FROM_NS', 'response', 'system')),
  )
  const recordedCheck = fixtureBody('5.5.0', 'CHECK_CLIENT_CONFIG', 'request', 'sql')
  assert.equal(text(checkClientRequest.encode(checkClientRequest.decode(recordedCheck))), text(recordedCheck))
})

test('cluster info and member group are as Apache has them, but for the quotes of broker ids', () => {
  const members = brokerMemberGroup.decode(fixtureBody('5.5.0', 'GET_BROKER_MEMBER_GROUP', 'response', 'members'))
  const addresses = new Map([
    [0, '127.0.0.9:1911'],
    [1, '127.0.0.9:2911'],
  ])
  assert.deepEqual(members.brokerMemberGroup, { brokerAddrs: addresses, brokerName: 'broker-x', cluster: 'CX' })
  const recorded = fixtureBody('5.5.0', 'GET_BROKER_CLUSTER_INFO', 'response', 'cluster')
  const decoded = clusterInfo.decode(recorded)
  assert.equal(writeFastjson(decoded, { integerKeys: 'unquoted' }), text(recorded))
  assert.equal(text(clusterInfo.encode(decoded)), text(recorded).replace('{0:', '{"0":'))
})

test('topics and groups have the defaults of Java', () => {
  assert.deepEqual(topicConfig.decode(from('{"topicName":"T","perm":null}')), {
    topicName: 'T',
    readQueueNums: 16,
    writeQueueNums: 16,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
  })
  const group = subscriptionGroupDefaults('G')
  assert.deepEqual(subscriptionGroupConfig.decode(from('{"groupName":"G"}')), group)
  assert.notEqual(subscriptionGroupDefaults('G').attributes, group.attributes)
})

test('numbers, booleans and text stand for each other', () => {
  const decoded = subscriptionData.decode(
    from('{"topic":7,"subVersion":"12","classFilterMode":"TRUE","codeSet":["-5"]}'),
  )
  assert.equal(decoded.topic, '7')
  assert.equal(decoded.subVersion, 12)
  assert.equal(decoded.classFilterMode, true)
  assert.deepEqual(decoded.codeSet, [-5])
  const endless = subscriptionData.decode(from('{"topic":"t","subVersion":9223372036854775807}'))
  assert.equal(endless.subVersion, Number.MAX_SAFE_INTEGER)
})

test('names that objects have anyway are names of topics too', () => {
  const { table } = kvTable.decode(from('{"table":{"__proto__":"a","constructor":"b","toString":"c","gone":null}}'))
  assert.deepEqual(Object.entries(table), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['toString', 'c'],
  ])
  assert.equal(text(kvTable.encode({ table })), '{"table":{"__proto__":"a","constructor":"b","toString":"c"}}')
})

const refused: [{ decode(bytes: Buffer): unknown }, string, string][] = [
  [heartbeatData, '', 'HeartbeatData: the body is empty'],
  [heartbeatData, '{}', 'HeartbeatData: clientID: is missing'],
  [heartbeatData, '{"clientID":"c"', 'HeartbeatData: expected "," or "}" at position 15, where the text ends'],
  [
    heartbeatData,
    '{"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[{"topic":"t","codeSet":["x"]}]}]}',
    'HeartbeatData: consumerDataSet.0.subscriptionDataSet.0.codeSet.0: must be an int32',
  ],
  [
    topicRoute,
    '{"brokerDatas":[{"brokerName":"b","brokerAddrs":{"a":"x"}}]}',
    'TopicRouteData: brokerDatas.0.brokerAddrs: has the key "a", no integer',
  ],
  [kvTable, '{"table":[]}', 'KVTable: table: must be an object'],
  [kvTable, '{"table":{"a":{}}}', 'KVTable: table: a: must be text'],
]
for (const [codec, json, message] of refused) {
  test(`says what is wrong: ${message}`, () => {
    assert.throws(() => codec.decode(from(json)), { name: ProtocolError.name, message })
  })
}
