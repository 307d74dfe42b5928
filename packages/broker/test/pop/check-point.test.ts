import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allBits,
  type CheckPoint,
  decodeReviveRecord,
  encodeAcks,
  encodeCheckPoint,
} from '../../src/pop/check-point.ts'

const of = {
  topic: 'TopicTest',
  group: 'CG',
  queueId: 1,
  startOffset: 100,
  popTime: 1_700_000_000_000,
  brokerName: 'broker-a',
}
const checkPoint: CheckPoint = { ...of, invisibleTime: 60_000, deltas: [0, 3], bits: 0, suspend: false }

test('a check point has the form of the Apache broker', () => {
  assert.equal(
    encodeCheckPoint(checkPoint).toString(),
    '{"bm":0,"bn":"broker-a","c":"CG","d":[0,3],"it":60000,"n":2,"pt":1700000000000,"q":1,"reviveTime":1700000060000,"ro":0,"so":100,"sp":false,"t":"TopicTest"}',
  )
  assert.deepEqual(decodeReviveRecord('ck', encodeCheckPoint(checkPoint)), { kind: 'checkPoint', checkPoint })
})

test('an acknowledgement has the form of the Apache broker', () => {
  assert.equal(
    encodeAcks(of, [103]).toString(),
    '{"ao":103,"bn":"broker-a","c":"CG","pt":1700000000000,"q":1,"so":100,"t":"TopicTest"}',
  )
  assert.deepEqual(decodeReviveRecord('ack', encodeAcks(of, [103])), { kind: 'acks', of, offsets: [103] })
  assert.deepEqual(decodeReviveRecord('bAck', encodeAcks(of, [100, 103])), { kind: 'acks', of, offsets: [100, 103] })
})

test('acknowledgements with the long names of older releases are read', () => {
  const { topic, group: consumerGroup, ...rest } = of
  const body = Buffer.from(JSON.stringify({ ...rest, topic, consumerGroup, ackOffset: 103 }))
  assert.deepEqual(decodeReviveRecord('ack', body), { kind: 'acks', of, offsets: [103] })
})

test('a check point without distances is of messages one behind the other', () => {
  const { d: _, ...rest } = JSON.parse(encodeCheckPoint(checkPoint).toString())
  const decoded = decodeReviveRecord('ck', Buffer.from(JSON.stringify({ ...rest, n: 3 })))
  assert.deepEqual(decoded?.kind === 'checkPoint' && decoded.checkPoint.deltas, [0, 1, 2])
})

test('what is no record of POP says nothing', () => {
  const wrong: [string | undefined, string][] = [
    [undefined, '{}'],
    ['ck', ''],
    ['ck', '[]'],
    ['ck', '{"t":"T"}'],
    ['ck', '{"t":"T","c":"G","it":1,"n":200,"so":0}'],
    ['ack', '{"t":"T","c":"G","ao":"x"}'],
    ['bAck', '{"t":"T","c":"G"}'],
    ['other', encodeCheckPoint(checkPoint).toString()],
  ]
  for (const [tag, body] of wrong) assert.equal(decodeReviveRecord(tag, Buffer.from(body)), undefined, `${tag} ${body}`)
})

test('the bits of a batch', () => {
  assert.deepEqual([allBits(0), allBits(2), allBits(31), allBits(32)], [0, 3, 0x7fffffff, -1])
})
