import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  consumerOffsetsFile,
  delayOffsetsFile,
  subscriptionGroupDefaults,
  subscriptionGroupsFile,
  topicsFile,
} from '@cometmq/protocol/bodies'

const dataVersion = { counter: 1, stateVersion: 0, timestamp: 1_795_236_051_328 }
const dataVersionText = '"dataVersion":{\n\t\t"counter":1,\n\t\t"stateVersion":0,\n\t\t"timestamp":1795236051328\n\t}'

test('topics.json is written as Apache 5.5.0 writes it', () => {
  const topic = {
    attributes: {},
    order: false,
    perm: 6,
    readQueueNums: 18,
    topicFilterType: 'SINGLE_TAG' as const,
    topicName: 'SCHEDULE_TOPIC_XXXX',
    topicSysFlag: 0,
    writeQueueNums: 18,
  }
  const file = { dataVersion, topicConfigTable: { SCHEDULE_TOPIC_XXXX: topic } }
  const text = `{\n\t${dataVersionText},\n\t"topicConfigTable":{\n\t\t"SCHEDULE_TOPIC_XXXX":{\n\t\t\t"attributes":{},\n\t\t\t"order":false,\n\t\t\t"perm":6,\n\t\t\t"readQueueNums":18,\n\t\t\t"topicFilterType":"SINGLE_TAG",\n\t\t\t"topicName":"SCHEDULE_TOPIC_XXXX",\n\t\t\t"topicSysFlag":0,\n\t\t\t"writeQueueNums":18\n\t\t}\n\t}\n}`
  assert.equal(topicsFile.encode(file).toString(), text)
  assert.deepEqual(topicsFile.decode(Buffer.from(text)), file)
})

test('consumerOffset.json is written as Apache 5.5.0 writes it, without the pull offsets', () => {
  const offsetTable = new Map([
    ['T1@CS', new Map([[0, 1], [3, 1]])], // biome-ignore format: one line
    ['%RETRY%CS@CS', new Map([[0, 0]])],
    ['T1@CB@broadcast', new Map([[0, 1]])],
  ])
  const text = `{\n\t${dataVersionText},\n\t"groupTopicMap":{\n\t\t"CS":[\n\t\t\t"T1",\n\t\t\t"%RETRY%CS"\n\t\t]\n\t},\n\t"offsetTable":{\n\t\t"T1@CS":{\n\t\t\t0:1,\n\t\t\t3:1\n\t\t},\n\t\t"%RETRY%CS@CS":{\n\t\t\t0:0\n\t\t},\n\t\t"T1@CB@broadcast":{\n\t\t\t0:1\n\t\t}\n\t}\n}`
  assert.equal(consumerOffsetsFile.encode({ dataVersion, offsetTable }).toString(), text)
  assert.deepEqual(consumerOffsetsFile.decode(Buffer.from(text)), { dataVersion, offsetTable })
})

test('the files of 4.9 are read: inner maps on one line, no data version', () => {
  const text = '{\n\t"offsetTable":{\n\t\t"T1@PC":{0:5,1:7\n\t\t}\n\t}\n}'
  const { dataVersion: version, offsetTable } = consumerOffsetsFile.decode(Buffer.from(text))
  assert.equal(version, undefined)
  assert.deepEqual(offsetTable, new Map([['T1@PC', new Map([[0, 5], [1, 7]])]])) // biome-ignore format: one line
  assert.deepEqual(delayOffsetsFile.decode(Buffer.from('{\n\t"offsetTable":{1:2,3:4\n\t}\n}')).offsetTable, new Map([[1, 2], [3, 4]])) // biome-ignore format: one line
})

test('an empty file object is an empty table', () => {
  assert.deepEqual(consumerOffsetsFile.decode(Buffer.from('{}')).offsetTable, new Map())
  assert.deepEqual(topicsFile.decode(Buffer.from('{}')).topicConfigTable, {})
})

test('subscriptionGroup.json keeps what groups were forbidden', () => {
  const file = {
    dataVersion,
    forbiddenTable: { G: { T: 1 } },
    subscriptionGroupTable: { G: subscriptionGroupDefaults('G') },
  }
  const bytes = subscriptionGroupsFile.encode(file)
  assert.deepEqual(subscriptionGroupsFile.decode(bytes), file)
  assert.ok(bytes.includes('"groupRetryPolicy":{\n\t\t\t\t"type":"CUSTOMIZED"\n\t\t\t},'))
})

test('integers that a number would round stay as they are in members that we do not know', () => {
  const entry = '"attributes":{},"order":false,"perm":6,"readQueueNums":1,"stamp":-9223372036854775808,"topicName":"T"'
  const text = `{"dataVersion":{"counter":9223372036854775807,"stateVersion":0,"timestamp":1},"later":[9007199254740993,12345678901234567890123,1.5],"topicConfigTable":{"T":{${entry}}}}`
  const file = topicsFile.decode(Buffer.from(text))
  assert.equal(file.dataVersion!.counter, Number.MAX_SAFE_INTEGER)
  const written = topicsFile.encode(file).toString().replaceAll(/\s/g, '')
  assert.match(written, /"later":\[9007199254740993,12345678901234567890123,1\.5\]/)
  assert.match(written, /"stamp":-9223372036854775808/)
  assert.deepEqual(topicsFile.encode(topicsFile.decode(Buffer.from(written))), topicsFile.encode(file))
})
