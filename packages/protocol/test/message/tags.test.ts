import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encodeProperties,
  javaAbs,
  javaHashCode,
  javaTrim,
  parseTagExpression,
  tagsCodeOf,
  tagsCodeOfProperties,
} from '@cometmq/protocol/message'

/** As `jshell> "…".hashCode()` answers. */
const hashes: [string, number][] = [
  ['', 0],
  ['a', 97],
  ['TagA', 2_598_919],
  ['TagB', 2_598_920],
  ['hello', 99_162_322],
  ['Hello, World!', 1_498_789_909],
  ['polygenelubricants', -2_147_483_648],
  ['Aa', 2112],
  ['BB', 2112],
  ['Ü', 220],
  ['日本', 835_047],
  ['😀', 1_772_899],
]
for (const [text, hash] of hashes) {
  test(`the hash of ${JSON.stringify(text)} is Java's`, () => assert.equal(javaHashCode(text), hash))
}

test('a message without tag has the code 0', () => {
  assert.equal(tagsCodeOf(undefined), 0)
  assert.equal(tagsCodeOf(''), 0)
  assert.equal(tagsCodeOfProperties(encodeProperties([['KEYS', 'TagA']])), 0)
  assert.equal(tagsCodeOfProperties(encodeProperties([['TAGS', 'TagA']])), 2_598_919)
})

const expressions: [string, string[] | undefined][] = [
  ['', []],
  ['*', []],
  ['TagA', ['TagA']],
  ['TagA || TagB', ['TagA', 'TagB']],
  ['TagA||TagB||TagA', ['TagA', 'TagB']],
  ['\t TagA ||', ['TagA']],
  [' || ', []],
  ['a|b', ['a|b']],
  ['a|||b', ['a', '|b']],
  ['\u00a0', ['\u00a0']],
  ['||', undefined],
  ['||||', undefined],
]
for (const [expression, tags] of expressions) {
  test(`parses ${JSON.stringify(expression)}`, () => {
    const expected = tags && { tagsSet: tags, codeSet: tags.map(javaHashCode) }
    assert.deepEqual(parseTagExpression(expression), expected)
  })
}

test('tags of one hash have one code', () => {
  assert.deepEqual(parseTagExpression('Aa || BB'), { tagsSet: ['Aa', 'BB'], codeSet: [2112] })
})

test('the rest of Java', () => {
  assert.deepEqual([5, -5, 0, -2_147_483_648].map(javaAbs), [5, 5, 0, -2_147_483_648])
  assert.equal(javaTrim('\u0000 \t a b \r\u001f'), 'a b')
  assert.equal(javaTrim(' '.repeat(10)), '')
})
