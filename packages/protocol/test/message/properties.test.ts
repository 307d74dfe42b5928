import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@cometmq/protocol'
import { decodeProperties, encodeProperties, propertyOf, withProperties } from '@cometmq/protocol/message'
import fc from 'fast-check'

test('properties are name, U+0001, value, U+0002', () => {
  const text = 'WAIT\u0001true\u0002TAGS\u0001TagA\u0002'
  assert.equal(encodeProperties([['WAIT', 'true'], ['TAGS', 'TagA']]), text) // biome-ignore format: one line
  assert.deepEqual([...decodeProperties(text)], [['WAIT', 'true'], ['TAGS', 'TagA']]) // biome-ignore format: one line
})

const odd: [string, [string, string][]][] = [
  ['', []],
  ['A\u00011', [['A', '1']]],
  ['A\u0001\u0002B\u00012\u0002', [['B', '2']]],
  ['\u00011\u0002B\u00012\u0002', [['B', '2']]],
  ['junk\u0002\u0002B\u00012\u0002', [['B', '2']]],
  ['A\u00011\u0002A\u00012\u0002', [['A', '2']]],
  ['A\u00011\u0002A\u0001\u0002', [['A', '1']]],
  ['A\u0001x\u0001y\u0002', [['A', 'x\u0001y']]],
  ['AB\u00011\u0002B\u00012\u0002', [['AB', '1'], ['B', '2']]], // biome-ignore format: one line
]
for (const [text, expected] of odd) {
  test(`reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual([...decodeProperties(text)], expected)
    for (const name of ['A', 'B', 'AB', 'x', 'junk'])
      assert.equal(propertyOf(text, name), new Map(expected).get(name), name)
  })
}

test('empty values are left out, separators refused', () => {
  assert.equal(encodeProperties([['A', ''], ['', '1'], ['B', undefined]]), '') // biome-ignore format: one line
  for (const [name, value] of [['A\u0001', '1'], ['A\u0002', '1'], ['A', '1\u0002']] as const) // biome-ignore format: one line
    assert.throws(() => encodeProperties([[name, value]]), ProtocolError)
})

test('changes leave the others in their order', () => {
  const text = 'A\u00011\u0002B\u00012\u0002C\u00013'
  assert.equal(withProperties(text, {}), `${text}\u0002`)
  assert.equal(withProperties(text, { B: undefined, D: '4' }), 'A\u00011\u0002C\u00013\u0002D\u00014\u0002')
  assert.equal(withProperties(text, { A: '9' }), 'B\u00012\u0002C\u00013\u0002A\u00019\u0002')
  assert.equal(withProperties('', { A: '1' }), 'A\u00011\u0002')
  assert.equal(withProperties(text, JSON.parse('{"__proto__":"x"}')), `${text}\u0002__proto__\u0001x\u0002`)
})

const name = fc.string({ unit: fc.constantFrom('A', 'B', 'AB', 'é', '😀'), minLength: 1, maxLength: 3 })
const value = fc.string({ unit: fc.constantFrom('A', 'B', '1', '\u0001', '\ud800', 'ü'), minLength: 1, maxLength: 4 })

test('any properties survive', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (entries) => {
      assert.deepEqual(decodeProperties(encodeProperties(entries)), new Map(entries))
    }),
  )
})

test('one property is found as if all were decoded, in any text', () => {
  const text = fc.string({ unit: fc.constantFrom('A', 'B', '\u0001', '\u0002'), maxLength: 30 })
  fc.assert(
    fc.property(text, fc.string({ unit: fc.constantFrom('A', 'B'), minLength: 1, maxLength: 2 }), (any, wanted) => {
      assert.equal(propertyOf(any, wanted), decodeProperties(any).get(wanted))
    }),
    { numRuns: 2000 },
  )
})

test('changed text is what changed properties would be', () => {
  const text = fc.string({ unit: fc.constantFrom('A', 'B', '\u0001', '\u0002'), maxLength: 30 })
  const change = fc.tuple(name, fc.option(fc.constantFrom('x', 'y'), { nil: undefined }))
  fc.assert(
    fc.property(text, fc.array(change), (any, changes) => {
      const expected = decodeProperties(any)
      for (const [key, item] of new Map(changes)) {
        expected.delete(key)
        if (item !== undefined) expected.set(key, item)
      }
      const found = decodeProperties(withProperties(any, Object.fromEntries(changes)))
      assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()))
    }),
    { numRuns: 1000 },
  )
})
