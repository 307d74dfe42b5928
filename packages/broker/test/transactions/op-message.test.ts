import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProperties } from '@cometmq/protocol/message'
import { halfOffsetsOf, opEntryOf, opMessageOf } from '../../src/transactions/op-message.ts'

test('an op message is Apache’s: tag d, offsets with a comma behind each', () => {
  const message = opMessageOf(opEntryOf(0) + opEntryOf(12), 1_000, { host: '10.0.0.1', port: 10_911 })
  assert.equal(message.topic, 'RMQ_SYS_TRANS_OP_HALF_TOPIC')
  assert.equal(message.body.toString(), '0,12,')
  assert.equal(decodeProperties(message.properties).get('TAGS'), 'd')
})

test('offsets are read as 5.x and 4.9 write them, and what is none is passed over', () => {
  const read = (text: string) => halfOffsetsOf(Buffer.from(text))
  assert.deepEqual(read('0,12,'), [0, 12])
  assert.deepEqual(read('7'), [7])
  assert.deepEqual(read(''), [])
  assert.deepEqual(read('x,-1,1.5,,99999999999999999999,3,'), [3])
})
