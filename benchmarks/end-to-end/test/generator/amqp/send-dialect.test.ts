import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutAmqpFrame, frameType, headBytes, method, methodFrame } from '../../../generator/amqp/protocol.ts'
import { AmqpSends } from '../../../generator/amqp/send-dialect.ts'

function confirm(which: number, tag: number, isMultiple: boolean): Buffer {
  const args = Buffer.alloc(9)
  args.writeBigUInt64BE(BigInt(tag))
  args[8] = isMultiple ? 1 : 0
  return methodFrame(1, which, args)
}

function rig() {
  const sends = new AmqpSends({ host: '', port: 0, topic: 'T', topicQueues: 2, bodyBytes: 8, batch: 1 })
  sends.greeting(0)
  const outbox = Buffer.alloc(sends.frameBytes)
  let index = 0
  const publish = (opaque: number) =>
    sends.encode(outbox, 0, { lane: 0, index: index++, opaque, bornTimestampMs: 0, sentAtMs: 1.5 })
  /** What a confirm answers, and how. */
  const read = (tag: number, isMultiple: boolean, which: number = method.basicAck) => {
    const bytes = confirm(which, tag, isMultiple)
    const reply = sends.read(bytes, 0, bytes.length, 0)
    if (reply === 'other') return [reply]
    const found: (string | number)[] = [reply, sends.opaque]
    while (sends.another(0)) found.push(sends.opaque)
    return found
  }
  return { sends, outbox, publish, read }
}

test('a publication is three frames: to which queue, how long, and the body with its time', () => {
  const { outbox, publish } = rig()
  const length = publish(7)
  const types: number[] = []
  let bodyAt = 0
  for (let at = 0; at < length; ) {
    types.push(outbox[at]!)
    bodyAt = at + headBytes
    const end = cutAmqpFrame(outbox, at, length)
    assert.equal(cutAmqpFrame(outbox, at, end - 1), -1)
    at = end
  }
  assert.deepEqual(types, [frameType.method, frameType.header, frameType.body])
  assert.ok(outbox.toString('latin1', 0, length).includes('T.0'))
  assert.equal(outbox.readDoubleBE(bodyAt), 1.5)
})

test('one confirm may stand for many, and none is counted twice', () => {
  const { publish, read } = rig()
  for (const opaque of [10, 11, 12, 13, 14]) publish(opaque)
  assert.deepEqual(read(2, false), ['acknowledged', 11])
  assert.deepEqual(read(4, true), ['acknowledged', 10, 12, 13])
  assert.deepEqual(read(3, true), ['other'])
  assert.deepEqual(read(0, true), ['acknowledged', 14], '0 is all')
})

test('confirms of one at a time never reach for older turns of the ring', () => {
  const { publish, read } = rig()
  for (let tag = 1; tag <= 40_000; tag += 1) {
    publish(tag)
    assert.deepEqual(read(tag, false), ['acknowledged', tag])
  }
  publish(50_001)
  publish(50_002)
  assert.deepEqual(read(40_001, true), ['acknowledged', 50_001])
})

test('a refusal is told, and a confirm of what was not published is an error', () => {
  const { sends, publish, read } = rig()
  publish(10)
  assert.deepEqual(read(1, false, method.basicNack), ['refused', 10])
  assert.throws(() => sends.throwIfRefused(), /refused 1/)
  assert.throws(() => read(2, false), /confirmed 2, and 1 were published/)
})

test('what is no AMQP 0-9-1 is an error', () => {
  assert.throws(() => cutAmqpFrame(Buffer.from('AMQP\0\0\x09\x01', 'latin1'), 0, 8), /another version/)
  const torn = methodFrame(1, method.basicAck, Buffer.alloc(9))
  torn[torn.length - 1] = 0
  assert.throws(() => cutAmqpFrame(torn, 0, torn.length), /does not end with its mark/)
})
