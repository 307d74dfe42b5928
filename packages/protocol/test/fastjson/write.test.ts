import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readFastjson } from '../../src/fastjson/read.ts'
import { writeFastjson } from '../../src/fastjson/write.ts'
import { character } from '../support/character.ts'

test('members are alphabetical, and absent ones are left out', () => {
  assert.equal(
    writeFastjson({ b: 1, a: 'x', d: undefined, c: null, Z: [null, true] }),
    '{"Z":[null,true],"a":"x","b":1}',
  )
})

test('integer keys are quoted unless asked otherwise', () => {
  const value = { t: new Map([[0, 'a'], [10, 'b']]) } // biome-ignore format: one line
  assert.equal(writeFastjson(value), '{"t":{"0":"a","10":"b"}}')
  assert.equal(writeFastjson(value, { integerKeys: 'unquoted' }), '{"t":{0:"a",10:"b"}}')
  assert.equal(writeFastjson({ 0: 'a' }, { integerKeys: 'unquoted' }), '{"0":"a"}')
})

test('a message queue as key is written as an object', () => {
  const queue = { topic: 'T', queueId: 1, brokerName: 'b' }
  assert.equal(writeFastjson(new Map([[queue, 5]])), '{{"brokerName":"b","queueId":1,"topic":"T"}:5}')
})

test('entries of a map keep their order', () => {
  assert.equal(writeFastjson(new Map([['b', 1], ['a', 2]])), '{"b":1,"a":2}') // biome-ignore format: one line
})

test('text is raw UTF-8 with controls escaped as Java does', () => {
  assert.equal(
    writeFastjson('\b\t\n\f\r\u0001\u001f"\\/ü😀\u007f\u2028'),
    '"\\b\\t\\n\\f\\r\\u0001\\u001f\\"\\\\/ü😀\u007f\u2028"',
  )
  assert.equal(writeFastjson('\ud800'), '"\\ud800"')
})

test('pretty is a tab for each level, and nothing within empty containers', () => {
  const value = { l: ['x'], e: {}, f: [], t: { k: new Map([[0, 5], [1, 7]]) } } // biome-ignore format: one line
  assert.equal(
    writeFastjson(value, { pretty: true, integerKeys: 'unquoted' }),
    '{\n\t"e":{},\n\t"f":[],\n\t"l":[\n\t\t"x"\n\t],\n\t"t":{\n\t\t"k":{\n\t\t\t0:5,\n\t\t\t1:7\n\t\t}\n\t}\n}',
  )
})

test('what JSON has no form for is refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, 1n]) assert.throws(() => writeFastjson({ value }))
})

test('what was written is read again', () => {
  const key = fc.oneof(
    fc.integer().map((value): unknown => value),
    fc.string({ unit: character }),
    fc.record({ brokerName: fc.string(), queueId: fc.nat(), topic: fc.string({ unit: character }) }),
  )
  const styles = fc.record({
    pretty: fc.boolean(),
    integerKeys: fc.constantFrom('quoted' as const, 'unquoted' as const),
  })
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.string({ unit: character }))), styles, (entries, style) => {
      const found = readFastjson(writeFastjson(new Map(entries), style))
      assert.deepEqual(asEntries(found), asEntries(new Map(entries)))
    }),
  )
})

/** Sorted, since keys that look like integers come first in an object. */
function asEntries(value: unknown): string[] {
  const entries = value instanceof Map ? [...value] : Object.entries(value as object)
  const texts = new Map(
    entries.map(([key, item]) => [typeof key === 'object' ? JSON.stringify(key) : String(key), item]),
  )
  return Array.from(texts, ([key, item]) => JSON.stringify([key, item])).sort()
}
