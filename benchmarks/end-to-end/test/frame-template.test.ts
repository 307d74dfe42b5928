import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  firstOpaque,
  patchBornTimestamp,
  patchOpaque,
  patchUniqueKeyCounter,
  pullFrame,
  sendTemplate,
} from '../generator/frame-template.ts'

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

const target = { topic: 'T', queueId: 3, topicQueues: 4, bodyBytes: 128, uniqueKeyPrefix: 'AB'.repeat(12) }

test('a patched template is the frame that was meant', () => {
  const { bytes, opaqueAt, bornTimestampAt, uniqueKeyCounterAt, bodyAt } = sendTemplate(target)
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
