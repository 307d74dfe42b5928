import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerLimits } from '../../src/limits.ts'
import { SaidRecords } from '../../src/pop/said-records.ts'

const of = { topic: 'T', group: 'G', queueId: 0, startOffset: 0, popTime: 0, brokerName: 'b' }
const record = (queueOffset: number, storedMs = 0) => {
  return { queueOffset, storedMs, said: { kind: 'acks', of, offsets: [0] } as const }
}

test('records are taken in order, and those that somebody else has put there are read', () => {
  const records = new SaidRecords()
  for (const offset of [3, 4, 6, 7]) records.add(record(offset))
  assert.equal(records.take(2), undefined)
  assert.equal(records.take(3)?.queueOffset, 3)
  assert.equal(records.take(4)?.queueOffset, 4)
  assert.equal(records.take(5), undefined)
  // 5 and 6 were read together.
  assert.equal(records.take(7)?.queueOffset, 7)
  assert.equal(records.size, 0)
})

test('a record that was taken back gives its offset to another', () => {
  const records = new SaidRecords()
  for (const offset of [0, 1, 2]) records.add(record(offset))
  records.add(record(1, 5))
  assert.deepEqual([records.take(0)?.storedMs, records.take(1)?.storedMs, records.take(2)], [0, 5, undefined])
  for (const offset of [2, 3]) records.add(record(offset))
  records.forgetFrom(3)
  assert.deepEqual([records.take(2)?.queueOffset, records.take(3)], [2, undefined])
})

test('beyond the limit all are forgotten, and read from the topic', () => {
  const records = new SaidRecords()
  const most = brokerLimits.saidReviveRecords
  for (let offset = 0; offset <= most; offset++) records.add(record(offset))
  assert.equal(records.size, 1)
  assert.equal(records.take(0), undefined)
  assert.equal(records.take(most)?.queueOffset, most)
})

test('what was taken leaves nothing behind while more come', () => {
  const records = new SaidRecords()
  records.add(record(0))
  for (let offset = 1; offset < 10_000; offset++) {
    records.add(record(offset))
    assert.equal(records.take(offset - 1)?.queueOffset, offset - 1)
  }
  assert.equal(records.size, 1)
})
