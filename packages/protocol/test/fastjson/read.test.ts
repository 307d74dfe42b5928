import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@cometmq/protocol'
import fc from 'fast-check'
import { maxCopiedValues, maxDepth } from '../../src/fastjson/limits.ts'
import { readFastjson } from '../../src/fastjson/read.ts'
import { character } from '../support/character.ts'
import { cpuTimeMs } from '../support/cpu-time.ts'

const mapOf = (...entries: [unknown, unknown][]) => new Map(entries)

const read: [string, unknown][] = [
  ['{0:"a",1:"b"}', { 0: 'a', 1: 'b' }],
  ['{"0":"a"}', { 0: 'a' }],
  ['{-1:2}', { '-1': 2 }],
  ['{topicName:"x", $a_1.b: 2}', { topicName: 'x', '$a_1.b': 2 }],
  [`{'a':'it''s'`.replace("''", "\\'").concat('}'), { a: "it's" }],
  ['{"a":1,}', { a: 1 }],
  ['[1,,2,]', [1, 2]],
  ['{/* c */"a"// d\n:1}', { a: 1 }],
  ['\ufeff {"a":1} ', { a: 1 }],
  ['{"a":1,"a":2}', { a: 2 }],
  ['[true,false,null,-1.5e3,+2,.5,9223372036854775807]', [true, false, null, -1500, 2, 0.5, 2 ** 63]],
  ['"\\u0041\\x42\\b\\t\\n\\f\\r\\v\\0\\/\\"\\\\"', 'AB\b\t\n\f\r\v\0/"\\'],
  ['"\u007f\u2028 \u0001"', '\u007f\u2028 \u0001'],
  [
    '{{"brokerName":"b","queueId":1,"topic":"T"}:5,"x":6}',
    mapOf([{ brokerName: 'b', queueId: 1, topic: 'T' }, 5], ['x', 6]),
  ],
  ['{"a":1,[1]:2}', mapOf(['a', 1], [[1], 2])],
  ['[{"brokerName":"b"},{"$ref":"$[0]"}]', [{ brokerName: 'b' }, { brokerName: 'b' }]],
  ['{"a":{"c":[1,{"d":2}]},"b":{"$ref":"$.a.c[1]"}}', { a: { c: [1, { d: 2 }] }, b: { d: 2 } }],
  ['{"a":[{"b":{"c":1}},{"x":{"$ref":"$.a[0].b"}}]}', { a: [{ b: { c: 1 } }, { x: { c: 1 } }] }],
  ['{"%RETRY%g.x":{"a":1},"b":{"$ref":"$.\\\\%RETRY\\\\%g\\\\.x"}}', { '%RETRY%g.x': { a: 1 }, b: { a: 1 } }],
  [
    '{"mqPopTable":{{"queueId":1}:{}},"mqTable":{{"$ref":"$.mqPopTable.null"}:7}}',
    { mqPopTable: mapOf([{ queueId: 1 }, {}]), mqTable: mapOf([{ queueId: 1 }, 7]) },
  ],
  ['{"$ref":1}', { $ref: 1 }],
  ['{"$ref":"x","a":1}', { $ref: 'x', a: 1 }],
]
for (const [text, expected] of read) {
  test(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(readFastjson(text), expected))
}

const refused: [string, RegExp][] = [
  ['', /expected a value at position 0, where the text ends/],
  ['{"a":tru}', /expected a value at position 5, where there is "t"/],
  ['{"a" 1}', /expected ":" behind a member name at position 5/],
  ['{"a":1 "b":2}', /expected "," or "}" at position 7/],
  ['[1] x', /expected the end of the text at position 4/],
  ['"abc', /the text that begins at position 0 has no end/],
  ['"\\u12', /expected 4 hexadecimal digits at position 3/],
  ['"\\', /an escape at position 2 is cut off/],
  ['/* x', /the comment at position 0 has no end/],
  ['{01:2}', /expected a member name at position 1/],
  ['{"a":{"$ref":".."}}', /the reference ".." names an object that contains it at position 5/],
  ['{"a":{"b":{"$ref":"$.a"}}}', /the reference "\$\.a" names an object that contains it/],
  ['{"a":{"$ref":"$.b"},"b":1}', /the reference "\$\.b" names nothing that was written before/],
  ['{"m":{{}:1,{"a":1}:2},"n":{"$ref":"$.m.null"}}', /names nothing that was written before/],
]
for (const [text, message] of refused) {
  test(`refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => readFastjson(text), { name: ProtocolError.name, message }))
}

test('__proto__ is a name like any other', () => {
  const value = readFastjson('{"__proto__":{"a":1},x:1}') as object
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
  assert.deepEqual(Object.keys(value), ['__proto__', 'x'])
})

test('nesting is limited', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  readFastjson(nested(maxDepth))
  assert.throws(() => readFastjson(nested(maxDepth + 1)), /nested deeper than 100 at position 100/)
  assert.throws(() => readFastjson('{{'.repeat(100_000)), /nested deeper/)
})

test('references cannot multiply a text', () => {
  const doubling = Array.from({ length: 40 }, (_, i) => `"k${i + 1}":[{"$ref":"$.k${i}"},{"$ref":"$.k${i}"}]`)
  assert.throws(() => readFastjson(`{"k0":[1],${doubling}}`), new RegExp(`copy more than ${maxCopiedValues} values`))
  const keys = Array.from({ length: 2000 }, (_, i) => `"k${i}":1`)
  const lookups = Array.from({ length: 2000 }, () => '{"$ref":"$.m.null"}')
  assert.throws(() => readFastjson(`{"m":{{}:1,${keys}},"l":[${lookups}]}`), /copy more than/)
})

test('whatever JSON.stringify writes is read alike', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: character }), (value) => {
      const text = JSON.stringify(value)
      assert.deepEqual(readFastjson(text), JSON.parse(text))
    }),
  )
})

test('time grows with the length of the text and not faster', () => {
  for (const piece of ['"\\n', '/*', '[{"a":', '\\', '1', '{a', ',']) {
    const text = piece.repeat(500_000)
    const tookMs = cpuTimeMs(() => {
      try {
        readFastjson(text)
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
      }
    })
    assert.ok(tookMs < 1000, `${piece}: ${tookMs} ms`)
  }
})
