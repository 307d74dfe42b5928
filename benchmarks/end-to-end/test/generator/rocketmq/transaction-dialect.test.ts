import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutRemotingFrame } from '../../../generator/connection.ts'
import { extFieldsOf, headerText } from '../../../generator/rocketmq/reply-scanner.ts'
import { TransactionSends } from '../../../generator/rocketmq/transaction-dialect.ts'

function reply(opaque: number, code: number, extFields: Record<string, string> = {}): Buffer {
  const header = Buffer.from(JSON.stringify({ code, extFields, flag: 1, opaque, serializeTypeCurrentRPC: 'JSON' }))
  const head = Buffer.alloc(8)
  head.writeInt32BE(header.length + 4, 0)
  head.writeInt32BE(header.length, 4)
  return Buffer.concat([head, header])
}

const shape = { topic: 'T', topicQueues: 4, bodyBytes: 8, batch: 1 }
const opaque = 1_500_000_000
const half = { msgId: '7F00000100002A9F00000000000012AB', queueOffset: '7', transactionId: 'KEY' }

test('a half message is marked as one', () => {
  const sends = new TransactionSends(shape)
  const outbox = Buffer.alloc(sends.frameBytes)
  const marks = { lane: 0, index: 0, opaque, bornTimestampMs: 1, sentAtMs: 1.5 }
  const length = sends.encode(outbox, 0, marks)
  assert.equal(cutRemotingFrame(outbox, 0, length), length)
  const fields = extFieldsOf(outbox, 0)
  assert.equal(fields.f, '4', 'sysFlag')
  assert.ok(fields.i!.endsWith('TRAN_MSG\u0001true\u0002PGROUP\u0001bench-producer\u0002'))
})

test('its answer is followed by the commit, whose answer is the end of the send', () => {
  const sends = new TransactionSends(shape)
  const stored = reply(opaque, 0, half)
  assert.equal(sends.read(stored, 0, stored.length), 'half')
  assert.match(headerText(sends.pong, 0), /"code":37/)
  const fields = extFieldsOf(sends.pong, 0)
  assert.deepEqual(
    [fields.commitLogOffset, fields.tranStateTableOffset, fields.commitOrRollback, fields.transactionId],
    [String(0x12ab), '7', '8', 'KEY'],
  )
  const committed = reply(opaque, 0)
  assert.equal(sends.read(committed, 0, committed.length), 'acknowledged')
  assert.equal(sends.opaque, opaque)
  sends.throwIfRefused()
})

test('a half message that is refused for now is sent again, and a refused commit is a failure', () => {
  const sends = new TransactionSends(shape)
  const busy = reply(opaque, 2)
  assert.equal(sends.read(busy, 0, busy.length), 'busy')
  const stored = reply(opaque, 0, half)
  sends.read(stored, 0, stored.length)
  const refused = reply(opaque, 1)
  assert.equal(sends.read(refused, 0, refused.length), 'refused')
  assert.throws(() => sends.throwIfRefused(), /code 1 came 1 times/)
})
