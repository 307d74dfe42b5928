import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderFieldError, type RequestOf } from '@cometmq/protocol'
import * as commands from '@cometmq/protocol/commands'
import * as adminCommands from '@cometmq/protocol/commands/admin'
import { commandsByCode } from '@cometmq/protocol/commands/by-code'
import * as popCommands from '@cometmq/protocol/commands/pop'

test('every command of the first milestone is there', () => {
  const codes = [
    10, 11, 14, 15, 17, 21, 26, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 46, 100, 101, 102, 103, 104,
    105, 106, 201, 205, 206, 216, 217, 219, 224, 304, 310, 311, 312, 313, 318, 319, 320, 322, 327, 351, 361, 901, 904,
    905,
  ]
  for (const code of codes) assert.ok(commandsByCode.has(code), `${code}`)
})

test('codes and names are unique, and every command is listed', () => {
  const exported = Object.values({ ...commands, ...adminCommands, ...popCommands }).filter(
    (each) => typeof each === 'object' && 'decodeRequest' in each,
  )
  assert.equal(exported.length, commandsByCode.size)
  assert.equal(new Set([...commandsByCode.values()].map(({ name }) => name)).size, commandsByCode.size)
  for (const [code, command] of commandsByCode) assert.equal(command.code, code)
})

test('a request names what it acts upon', () => {
  assert.deepEqual(commands.pullMessage.resources, [
    { field: 'consumerGroup', resource: 'group' },
    { field: 'topic', resource: 'topic' },
  ])
})

test('a missing field is named as in code and as on the wire', () => {
  assert.throws(() => commands.sendMessageV2.decodeRequest({ a: 'PG' }), {
    name: HeaderFieldError.name,
    message: 'SEND_MESSAGE_V2 (310) lacks the header field b (topic)',
  })
})

test('long and short names say the same', () => {
  const request: RequestOf<typeof commands.sendMessage> = {
    producerGroup: 'PG',
    topic: 'T',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: -1,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    flag: 0,
    properties: 'TAGS\u0001A\u0002',
    reconsumeTimes: 1,
    unitMode: false,
    maxReconsumeTimes: 3,
    batch: false,
    brokerName: 'broker-a',
  }
  const { sendMessage, sendMessageV2, sendBatchMessage } = commands
  for (const command of [sendMessage, sendMessageV2, sendBatchMessage])
    assert.deepEqual(command.decodeRequest(command.encodeRequest(request)), request)
  assert.deepEqual(Object.keys(sendMessageV2.encodeRequest(request)).join(''), 'abcdefghijklmn')
})
