import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  firstOpaque,
  patchBornTimestamp,
  patchOpaque,
  patchQueueId,
  patchUniqueKeyCounter,
  pullFrame,
  sendTemplate,
} from '../../../generator/rocketmq/frame-template.ts'

interface Header {
  readonly code: number
  readonly opaque: number
  readonly extFields: Record<string, string>
}

function decode(bytes: Buffer): { header: Header; body: Buffer } {
  assert.equal(bytes.readInt32BE(0), bytes.length - 4)
  const headerEnd = 8 + bytes.readInt32BE(4)
  return { header: JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Header, body: bytes.subarray(headerEnd) }
}

const target = {
  topic: 'T',
  topicQueues: 4,
  queueIdDigits: 1,
  bodyBytes: 128,
  batch: 1,
  uniqueKeyPrefix: 'AB'.repeat(12),
}

test('a patched template is the frame that was meant', () => {
  const template = sendTemplate(target)
  const { bytes, opaqueAt, bornTimestampAt } = template
  const { uniqueKeyCounterAt, bodyAt } = template.messages[0]!
  patchQueueId(bytes, 0, template, 3)
  patchOpaque(bytes, opaqueAt, firstOpaque + 12_345)
  patchBornTimestamp(bytes, bornTimestampAt, 1_700_000_000_123)
  patchUniqueKeyCounter(bytes, uniqueKeyCounterAt, 0x8badf00d | 0)
  bytes.writeDoubleBE(12.5, bodyAt)
  const { header, body } = decode(bytes)
  assert.equal(header.code, 310)
  assert.equal(header.opaque, firstOpaque + 12_345)
  assert.equal(header.extFields.g, '1700000000123')
  assert.equal(header.extFields.e, '3')
  assert.equal(header.extFields.i, `UNIQ_KEY\u0001${'AB'.repeat(12)}8BADF00D\u0002WAIT\u0001true\u0002`)
  assert.equal(body.length, 128)
  assert.equal(body.readDoubleBE(0), 12.5)
})

test('a batch has the records that a client writes, each patched by itself', () => {
  const template = sendTemplate({ ...target, bodyBytes: 10, batch: 3 })
  const { bytes, messages } = template
  for (const [index, { uniqueKeyCounterAt, bodyAt }] of messages.entries()) {
    patchUniqueKeyCounter(bytes, uniqueKeyCounterAt, index + 1)
    bytes.writeDoubleBE(index, bodyAt)
  }
  const { header, body } = decode(bytes)
  assert.deepEqual([header.code, header.extFields.m], [320, 'true'])
  let at = 0
  for (let index = 0; index < 3; index += 1) {
    const total = body.readInt32BE(at)
    assert.deepEqual([body.readInt32BE(at + 4), body.readInt32BE(at + 8), body.readInt32BE(at + 12)], [0, 0, 0])
    assert.equal(body.readInt32BE(at + 16), 10)
    assert.equal(body.readDoubleBE(at + 20), index)
    const propertiesLength = body.readInt16BE(at + 30)
    const properties = body.toString('utf8', at + 32, at + 32 + propertiesLength)
    assert.equal(properties, `UNIQ_KEY\u0001${'AB'.repeat(12)}0000000${index + 1}\u0002WAIT\u0001true\u0002`)
    assert.equal(total, 32 + propertiesLength)
    at += total
  }
  assert.equal(at, body.length)
})

test('a template for more digits takes the greater queue ids, without leading zeros', () => {
  const template = sendTemplate({ ...target, queueIdDigits: 4 })
  patchQueueId(template.bytes, 0, template, 9_876)
  assert.equal(decode(template.bytes).header.extFields.e, '9876')
})

test('the greatest opaque still fits its ten digits', () => {
  const { bytes, opaqueAt } = sendTemplate(target)
  patchOpaque(bytes, opaqueAt, 2 ** 31 - 1)
  assert.equal(decode(bytes).header.opaque, 2 ** 31 - 1)
})

test('a body too small for the send time is refused', () => {
  assert.throws(() => sendTemplate({ ...target, bodyBytes: 7 }), RangeError)
})

test('a pull asks to be held only when there is a time to hold it', () => {
  const pull = { group: 'g', topic: 'T', queueId: 0, queueOffset: 7, maxMessages: 32 }
  const { header } = decode(pullFrame({ ...pull, suspendMs: 0 }, 9))
  assert.equal(header.code, 11)
  assert.equal(header.opaque, 9)
  assert.equal(header.extFields.queueOffset, '7')
  assert.equal(header.extFields.sysFlag, '4')
  assert.equal(decode(pullFrame({ ...pull, suspendMs: 1000 }, 9)).header.extFields.sysFlag, '6')
})
