import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@cometmq/protocol'
import { decodeBatch, encodeBatch, maxBatchItems, propertyOf } from '@cometmq/protocol/message'
import fc from 'fast-check'
import { character } from '../support/character.ts'
import { fixtureBody } from '../support/fixtures.ts'
import { hex } from '../support/hex.ts'

const example = hex('0000002c 00000000 00000000 00000000 00000002 4869 0014 5741495401747275650254414753015461674102')

test('a batch is written as the Java client writes it', () => {
  const items = [{ flag: 0, body: Buffer.from('Hi'), properties: 'WAIT\u0001true\u0002TAGS\u0001TagA\u0002' }]
  assert.deepEqual(encodeBatch(items), example)
  assert.deepEqual(decodeBatch(example), items)
})

test('a recorded batch is read, and written as it was', () => {
  const recorded = fixtureBody('5.5.0', 'SEND_BATCH_MESSAGE', 'request', 'batch')
  const items = decodeBatch(recorded)
  assert.deepEqual(items.map(({ body }) => body.toString()), ['one', 'two', 'three']) // biome-ignore format: one line
  assert.deepEqual(items.map(({ properties }) => propertyOf(properties, 'TAGS')), ['A', 'B', undefined]) // biome-ignore format: one line
  assert.deepEqual(encodeBatch(items), recorded)
})

test('any batch survives', () => {
  const item = fc.record(
    {
      flag: fc.integer(),
      properties: fc.string({ unit: character, maxLength: 50 }),
      body: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.array(item), (items) => assert.deepEqual(decodeBatch(encodeBatch(items)), items)),
    { numRuns: 30 },
  )
})

test('a batch that is cut, or whose lengths do not fit, is refused', () => {
  for (let end = 1; end < example.length; end++)
    assert.throws(() => decodeBatch(example.subarray(0, end)), ProtocolError)
  for (const at of [0, 3, 16, 19, 22, 23]) {
    const damaged = Buffer.from(example)
    damaged[at]! ^= 0x81
    assert.throws(() => decodeBatch(damaged), /message 0 of the batch, at byte 0, cannot be read/)
  }
  assert.deepEqual(decodeBatch(Buffer.alloc(0)), [])
})

test('a batch has a limited number of messages', () => {
  const empty = encodeBatch([{ flag: 0, properties: '', body: Buffer.alloc(0) }])
  const batch = (count: number) => Buffer.concat(new Array<Buffer>(count).fill(empty))
  assert.equal(decodeBatch(batch(maxBatchItems)).length, maxBatchItems)
  assert.throws(() => decodeBatch(batch(maxBatchItems + 1)), /more than 65536 messages/)
})
