import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { compileSql, SqlSyntaxError } from '../../../src/filter/sql92/compile.ts'
import { NotComparable } from '../../../src/filter/sql92/value.ts'

type Vector = [expression: string, properties: Record<string, string>, verdict: string]

/** Expressions that Apache RocketMQ has judged: `conformance/filter/capture.ts`. */
const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Vector[]

function judge(expression: string, properties: Record<string, string>): string {
  try {
    const { evaluate } = compileSql(expression)
    return String(evaluate((name) => properties[name]))
  } catch (error) {
    if (error instanceof SqlSyntaxError) return 'error'
    if (error instanceof NotComparable) return 'throws'
    throw error
  }
}

describe('SQL92 expressions', () => {
  it(`are judged as Apache RocketMQ judges them: ${vectors.length} of them`, () => {
    const wrong = vectors.filter(([expression, properties, verdict]) => judge(expression, properties) !== verdict)
    assert.deepEqual(wrong, [])
    for (const verdict of ['true', 'false', 'null', 'throws', 'error']) {
      assert.ok(vectors.filter((vector) => vector[2] === verdict).length > 20, `few are "${verdict}"`)
    }
  })

  it('match when they are true, and neither when unknown nor when something cannot be compared', () => {
    const { matches } = compileSql("price > 5 AND color IN ('red', 'blue')")
    const on = (properties: Record<string, string>) => matches((name) => properties[name])
    assert.equal(on({ price: '6', color: 'red' }), true)
    assert.equal(on({ price: '6' }), false)
    assert.equal(on({ price: 'dear', color: 'red' }), false)
  })
})

const refusals: readonly [expression: string, message: RegExp, offset: number][] = [
  ['', /ends too early at position 1/, 0],
  ['a = ', /ends too early/, 4],
  ['a = = 5', /"=" is not expected at position 5/, 4],
  ['a > 5 AND b ? 3', /"\?" means nothing at position 13/, 12],
  ["a > 'x'", /'x' cannot be compared as a number at position 3/, 2],
  ['a = NULL', /NULL cannot be compared: use IS NULL/, 2],
  ['a BETWEEN 9 AND 1', /BETWEEN 9 AND 1 holds for nothing/, 2],
  ['a = 99999999999999999999', /99999999999999999999 is out of range at position 5/, 4],
]

for (const [expression, message, offset] of refusals) {
  test(`"${expression}" is refused with the reason and the place`, () => {
    assert.throws(
      () => compileSql(expression),
      (error: unknown) => error instanceof SqlSyntaxError && message.test(error.message) && error.offset === offset,
    )
  })
}

test('no text makes the compiler fail otherwise, or take long', () => {
  const words = ['a', "'", '(', ')', 'NOT ', 'AND ', '=', '--', '/*', '1', '.', 'IN', "'x'", '\n', '\0', '𝄞', '-']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 400 }), (parts) => {
      judge(parts.join(''), {})
    }),
  )
  for (const deep of ['(', 'NOT ', '-', '- ']) assert.equal(judge(deep.repeat(20_000), {}), 'error')
  assert.equal(judge(`${'a = 1 OR '.repeat(5_000)} b = 2`, { a: '2' }), 'null')
})
