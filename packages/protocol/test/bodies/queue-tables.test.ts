import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerStatus, consumeStats, encodeQueueOffsetList, queueOffsets, topicStats } from '@cometmq/protocol/bodies'

const queue = { brokerName: 'broker-a', queueId: 1, topic: 'T' }

test('queues are written as keys that are objects, which all releases read', () => {
  const bytes = queueOffsets.encode({ offsetTable: new Map([[queue, 5]]) })
  assert.equal(bytes.toString(), '{"offsetTable":{{"brokerName":"broker-a","queueId":1,"topic":"T"}:5}}')
  assert.deepEqual([...queueOffsets.decode(bytes).offsetTable], [[queue, 5]])
})

test('keys that are text with JSON in it, as old releases may write them, are read', () => {
  const text = JSON.stringify({ offsetTable: { [JSON.stringify(queue)]: { maxOffset: 5, minOffset: '2' } } })
  const { offsetTable, topicPutTps } = topicStats.decode(Buffer.from(text))
  assert.deepEqual([...offsetTable], [[queue, { lastUpdateTimestamp: 0, maxOffset: 5, minOffset: 2 }]])
  assert.equal(topicPutTps, undefined)
})

test('what is no queue is refused with the place', () => {
  for (const text of [
    '{"offsetTable":{"{":1}}',
    '{"offsetTable":{"a":1}}',
    '{"offsetTable":{{"topic":"T"}:1}}',
    '{"offsetTable":[1]}',
  ])
    assert.throws(() => queueOffsets.decode(Buffer.from(text)), /^ProtocolError: ResetOffsetBody: offsetTable/, text)
})

test('tables may be missing, and rates are doubles', () => {
  const { consumeTps, offsetTable } = consumeStats.decode(Buffer.from('{"consumeTps":0.25}'))
  assert.deepEqual([consumeTps, offsetTable.size], [0.25, 0])
  assert.deepEqual({ ...consumerStatus.decode(Buffer.from('{}')).consumerTable }, {})
})

test('clients in C++ get a list', () => {
  const text = encodeQueueOffsetList(new Map([[queue, 5]])).toString()
  assert.equal(text, '{"offsetTable":[{"brokerName":"broker-a","offset":5,"queueId":1,"topic":"T"}]}')
})
