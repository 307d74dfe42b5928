import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeJsonHeader, parseJsonHeader } from '../../src/frame/json-header.ts'
import { scanJsonHeader } from '../../src/frame/json-header-scanner.ts'

const names = fc.oneof(fc.constantFrom('a', 'b', 'topic', 'i', '__proto__', 'constructor', '1', ''), fc.string())
const values = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('A', '1', '\u0001', '\u0002', '\u0010', '"', '\\', '\n', 'ü', '\u007f') }),
  fc.nat().map(String),
)
const headers = fc.record({
  code: fc.integer(),
  flag: fc.integer({ min: 0, max: 3 }),
  opaque: fc.integer(),
  remark: fc.option(values, { nil: undefined }),
  ext: fc.option(
    fc.array(fc.tuple(names, values)).map((entries) => Object.fromEntries(entries)),
    { nil: undefined },
  ),
})

/** The scan answers nothing, or what the parser answers. */
function holdTogether(text: string): boolean {
  const bytes = Buffer.from(`xx${text}yy`)
  const scanned = scanJsonHeader(bytes, 2, bytes.length - 2)
  if (scanned === undefined) return false
  assert.deepEqual(structuredClone(scanned), structuredClone(parseJsonHeader(bytes, 2, bytes.length - 2)), text)
  return true
}

test('what the scanner answers is what the parser answers', () => {
  fc.assert(
    fc.property(headers, (header) => void holdTogether(encodeJsonHeader(header))),
    { numRuns: 2_000 },
  )
})

test('also for texts that are nearly headers', () => {
  const mutated = fc
    .tuple(
      headers,
      fc.nat(),
      fc.nat(),
      fc.constantFrom('', '"', ',', '}', '{', ':', '0', '-', '\\', ' ', 'null', '1e3', '\\u0001'),
    )
    .map(([header, at, cut, piece]) => {
      const text = encodeJsonHeader(header)
      const from = at % text.length
      return text.slice(0, from) + piece + text.slice(from + (cut % 4))
    })
  fc.assert(
    fc.property(mutated, (text) => {
      let parsed: unknown
      try {
        parsed = parseJsonHeader(Buffer.from(text), 0, Buffer.byteLength(text))
      } catch {
        assert.equal(scanJsonHeader(Buffer.from(text), 0, Buffer.byteLength(text)), undefined, text)
        return
      }
      assert.ok(parsed)
      holdTogether(text)
    }),
    { numRuns: 5_000 },
  )
})

test("headers as Java's clients write them are scanned", () => {
  const ext = {
    a: 'PG',
    b: 'T',
    e: '0',
    g: '1700000000000',
    i: 'UNIQ_KEY\u00017F00\u0002WAIT\u0001true\u0002',
    k: 'false',
    n: 'broker-a',
  }
  assert.ok(holdTogether(encodeJsonHeader({ code: 310, flag: 0, opaque: -7, ext })))
  assert.ok(holdTogether(encodeJsonHeader({ code: 34, flag: 2, opaque: 7, ext: {}, remark: 'why not' })))
  assert.ok(holdTogether('{"code":17,"language":"GO","opaque":1,"flag":1,"version":0}'))
})

test('what is not plain is left to the parser', () => {
  for (const text of [
    '{"code":"310"}',
    '{"code":1.5}',
    '{"code":01}',
    '{"code":3000000000}',
    "{'code':1}",
    '{"code":1,}',
    '{"extFields":{"a":1}}',
    '{"extFields":null}',
    '{"code":1} ',
    '{"x":1}',
    '{"remark":"ü"}',
    '{}',
  ]) {
    const bytes = Buffer.from(text)
    assert.equal(scanJsonHeader(bytes, 0, bytes.length), undefined, text)
  }
})
