import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutNatsMessage, isPing, payloadAt } from '../../../generator/nats/protocol.ts'
import { NatsSends } from '../../../generator/nats/send-dialect.ts'

const shape = { host: '127.0.0.1', port: 1, topic: 'bench-send-1k', topicQueues: 4, bodyBytes: 16, batch: 1 }

test('the stream is cut after each whole message, however it arrives', () => {
  const parts = [
    'INFO {"a":1}\r\n',
    'PING\r\n',
    'MSG a.b 1 5\r\nhello\r\n',
    'MSG a.b 1 reply.to 0\r\n\r\n',
    'HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
    '+OK\r\n',
  ]
  const bytes = Buffer.from(parts.join(''))
  let at = 0
  for (const part of parts) {
    for (let filled = at; filled < at + part.length; filled += 1)
      assert.equal(cutNatsMessage(bytes, at, filled), -1, part)
    assert.equal(cutNatsMessage(bytes, at, bytes.length), at + part.length, part)
    at += part.length
  }
})

test('a line of a message without a length is refused', () => {
  const bytes = Buffer.from('MSG a.b 1 x5\r\nhello\r\n')
  assert.throws(() => cutNatsMessage(bytes, 0, bytes.length), /without a length/)
})

test('PING is told from PONG, and a payload is found', () => {
  assert.deepEqual(
    ['PING\r\n', 'PONG\r\n'].map((text) => isPing(Buffer.from(text), 0)),
    [true, false],
  )
  assert.equal(payloadAt(Buffer.from('MSG a 1 2\r\nhi\r\n'), 0), 11)
})

test('a publish is found again by the inbox of its acknowledgement', () => {
  const sends = new NatsSends(shape)
  const greeting = sends.greeting(3).toString()
  const inbox = /SUB (_INBOX\.[0-9a-f]+\.3)\.\* 1/.exec(greeting)?.[1]
  const bytes = Buffer.alloc(sends.frameBytes)
  const send = { lane: 3, index: 6, opaque: 1_073_742_000, bornTimestampMs: 0, sentAtMs: 12.5 }
  const length = sends.encode(bytes, 0, send)
  assert.equal(bytes.toString('latin1', 0, length).split('\r\n')[0], `PUB bench.bench-send-1k.2 ${inbox}.1073742000 16`)
  assert.equal(bytes.readDoubleBE(length - 18), 12.5)
  const reply = (payload: string) => Buffer.from(`MSG ${inbox}.1073742000 1 ${payload.length}\r\n${payload}\r\n`)
  const well = reply('{"stream":"bench","seq":7}')
  assert.equal(sends.read(well, 0, well.length), 'acknowledged')
  assert.equal(sends.opaque, 1_073_742_000)
  sends.throwIfRefused()
  const refused = reply('{"error":{"code":503,"description":"insufficient storage"}}')
  assert.equal(sends.read(refused, 0, refused.length), 'refused')
  assert.throws(() => sends.throwIfRefused(), /refused 1 messages: .*insufficient storage/)
})
