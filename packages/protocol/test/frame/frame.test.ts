import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeFrame,
  type ExtFields,
  encodeFrame,
  frameSizeAt,
  maxFrameBytes,
  type OutgoingHeader,
  ProtocolError,
  type Serialization,
} from '@cometmq/protocol'
import fc from 'fast-check'
import { character } from '../support/character.ts'
import { hex } from '../support/hex.ts'

const decode = (bytes: Buffer) => decodeFrame(bytes, 0, bytes.length)

test('GET_ROUTEINFO_BY_TOPIC with a JSON header', () => {
  const ext = { topic: 'TopicTest', acceptStandardJsonOnly: 'true' }
  const expected = hex(`000000a7 000000a3
    7b22636f6465223a3130352c226578744669656c6473223a7b22746f706963223a22546f70696354657374222c226163
    636570745374616e646172644a736f6e4f6e6c79223a2274727565227d2c22666c6167223a302c226c616e6775616765
    223a224a415641222c226f7061717565223a372c2273657269616c697a655479706543757272656e74525043223a224a
    534f4e222c2276657273696f6e223a3531337d`)
  assert.deepEqual(encodeFrame({ code: 105, flag: 0, opaque: 7, ext }, 'json'), expected)
  const frame = decode(expected)
  assert.deepEqual({ ...frame.ext }, ext)
  assert.equal(frame.language, 'JAVA')
  assert.equal(frame.body.length, 0)
})

test('GET_ROUTEINFO_BY_TOPIC with a binary header', () => {
  const ext = { topic: 'TopicTest', acceptStandardJsonOnly: 'true' }
  const expected = hex(`0000004d 01000049 0069 00 0201 00000007 00000000 00000000 00000034
    0005 746f706963  00000009 546f70696354657374
    0016 6163636570745374616e646172644a736f6e4f6e6c79  00000004 74727565`)
  assert.deepEqual(encodeFrame({ code: 105, flag: 0, opaque: 7, ext }, 'rocketmq'), expected)
  assert.deepEqual({ ...decode(expected).ext }, ext)
})

test('a response with a remark, in both serializations', () => {
  const header = { code: 17, flag: 1, opaque: 7, remark: 'No topic route info' }
  const json = hex(`000000830000007f7b22636f6465223a31372c22666c6167223a312c226c616e6775616765223a224a415641222c226f
    7061717565223a372c2272656d61726b223a224e6f20746f70696320726f75746520696e666f222c2273657269616c69
    7a655479706543757272656e74525043223a224a534f4e222c2276657273696f6e223a3531337d`)
  const binary = hex(
    '0000002c 01000028 0011 00 0201 00000007 00000001 00000013 4e6f20746f70696320726f75746520696e666f 00000000',
  )
  assert.deepEqual(encodeFrame(header, 'json'), json)
  assert.deepEqual(encodeFrame(header, 'rocketmq'), binary)
  for (const bytes of [json, binary]) assert.equal(decode(bytes).remark, header.remark)
})

test('controls in a field are escaped in JSON and raw in the binary header', () => {
  const ext = { i: 'UNIQ_KEY\u00017F00\u0002' }
  assert.ok(encodeFrame({ code: 310, flag: 0, opaque: 7, ext }, 'json').includes('UNIQ_KEY\\u00017F00\\u0002'))
  assert.ok(encodeFrame({ code: 310, flag: 0, opaque: 7, ext }, 'rocketmq').includes('UNIQ_KEY\u00017F00\u0002'))
})

test('a code beyond int16 travels with a JSON header', () => {
  assert.equal(decode(encodeFrame({ code: 200_050, flag: 0, opaque: 1 }, 'rocketmq')).code, 200_050)
})

const tolerated: [string, Partial<OutgoingHeader> & { language?: string | undefined }][] = [
  ['{}', { code: 0, flag: 0, opaque: 0 }],
  [`{'code':105,"opaque":"9",}`, { code: 105, opaque: 9 }],
  ['{code:105,flag:1}', { code: 105, flag: 1 }],
  ['{"code":1,"language":"KLINGON","extFields":{"a":1,"b":true,"c":null}}', { ext: { a: '1', b: 'true' } }],
  ['{"language":9}', { language: 'GO' }],
  ['{"remark":{"toString":1},"extFields":{"a":{"b":[1]}}}', { remark: '{"toString":1}', ext: { a: '{"b":[1]}' } }],
  ['{"unknown":{"x":[]},"extFields":null,"remark":null}', { code: 0 }],
]
for (const [text, expected] of tolerated) {
  test(`a foreign JSON header is understood: ${text}`, () => {
    const frame = decode(jsonFrame(text))
    for (const [name, value] of Object.entries(expected)) {
      const found = frame[name as keyof typeof frame]
      assert.deepEqual(name === 'ext' ? { ...(found as ExtFields) } : found, value)
    }
  })
}

const refused = [
  '',
  '[]',
  'null',
  '{"code":1.5}',
  '{"code":{"valueOf":1}}',
  '{"opaque":3000000000}',
  '{"extFields":[]}',
  '{',
]
for (const text of [...refused, `{"extFields":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}}`]) {
  test(`a malformed JSON header is refused: ${text.slice(0, 40)}`, () => {
    assert.throws(() => decode(jsonFrame(text)), ProtocolError)
  })
}

function jsonFrame(text: string): Buffer {
  const header = Buffer.from(text)
  const prefix = Buffer.alloc(8)
  prefix.writeInt32BE(4 + header.length, 0)
  prefix.writeInt32BE(header.length, 4)
  return Buffer.concat([prefix, header])
}

test('the size of a frame is refused before anything is allocated for it', () => {
  const sized = (total: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(total)
    return frameSizeAt(bytes, 0, 4)
  }
  assert.equal(frameSizeAt(Buffer.alloc(3), 0, 3), undefined)
  assert.equal(sized(4), 8)
  assert.equal(sized(maxFrameBytes - 4), maxFrameBytes)
  for (const total of [-1, 0, 3, maxFrameBytes - 3, 0x7fff_ffff]) assert.throws(() => sized(total), ProtocolError)
})

test('any header survives, in both serializations', () => {
  const text = fc.string({ unit: character, minLength: 1, maxLength: 40 })
  const header = fc.record({
    code: fc.integer({ min: 0, max: 32_767 }),
    flag: fc.integer({ min: 0, max: 3 }),
    opaque: fc.integer(),
    remark: text,
    ext: fc.dictionary(text, text, { minKeys: 1, noNullPrototype: true }),
  })
  fc.assert(
    fc.property(header, fc.constantFrom<Serialization>('json', 'rocketmq'), fc.uint8Array(), (sent, as, body) => {
      const frame = decode(encodeFrame(sent, as, Buffer.from(body)))
      assert.deepEqual(
        { code: frame.code, flag: frame.flag, opaque: frame.opaque, remark: frame.remark, ext: { ...frame.ext } },
        { ...sent, ext: { ...sent.ext } },
      )
      assert.deepEqual(frame.body, Buffer.from(body))
    }),
  )
})
