import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutRedisReply, RedisSends } from '../../../generator/redis/send-dialect.ts'

test('replies are cut whole, however they arrive', () => {
  const parts = ['$3\r\n1-0\r\n', '-ERR no\r\n', '+OK\r\n']
  const bytes = Buffer.from(parts.join(''))
  let at = 0
  for (const part of parts) {
    for (let filled = at; filled < at + part.length; filled += 1)
      assert.equal(cutRedisReply(bytes, at, filled), -1, part)
    assert.equal(cutRedisReply(bytes, at, bytes.length), at + part.length, part)
    at += part.length
  }
  assert.throws(() => cutRedisReply(Buffer.from('$x\r\n'), 0, 4), /of the length NaN/)
})

test('answers belong to requests in their order, each connection by itself', () => {
  const sends = new RedisSends({ topic: 'T', topicQueues: 2, bodyBytes: 8, batch: 1 })
  sends.greeting(0)
  sends.greeting(1)
  const outbox = Buffer.alloc(sends.frameBytes)
  const encode = (lane: number, index: number, opaque: number) =>
    sends.encode(outbox, 0, { lane, index, opaque, bornTimestampMs: 0, sentAtMs: 1.5 })
  encode(0, 0, 10)
  encode(1, 1, 20)
  const length = encode(0, 2, 11)
  const head =
    '*8\r\n$4\r\nXADD\r\n$3\r\nT:0\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$6\r\n100000\r\n$1\r\n*\r\n$1\r\nb\r\n$8\r\n'
  assert.equal(outbox.toString('latin1', 0, head.length), head)
  assert.equal(outbox.readDoubleBE(head.length), 1.5)
  assert.equal(length, head.length + 8 + 2)
  const [well, refused] = [Buffer.from('$3\r\n1-0\r\n'), Buffer.from('-OOM\r\n')]
  const answers = [
    [sends.read(well, 0, well.length, 0), sends.opaque],
    [sends.read(well, 0, well.length, 1), sends.opaque],
    [sends.read(refused, 0, refused.length, 0), sends.opaque],
  ]
  assert.deepEqual(answers, [
    ['acknowledged', 10],
    ['acknowledged', 20],
    ['refused', 11],
  ])
  assert.throws(() => sends.throwIfRefused(), /refused 1 messages: -OOM/)
  assert.throws(() => sends.read(well, 0, well.length, 0), /not asked/)
})
