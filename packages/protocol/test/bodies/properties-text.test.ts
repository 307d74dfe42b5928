import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedPropertiesText, decodePropertiesText, encodePropertiesText } from '@cometmq/protocol/bodies'

const read: [string, [string, string][]][] = [
  ['a=1\nb: 2\r\nc 3\rd', [['a', '1'], ['b', '2'], ['c', '3'], ['d', '']]], // biome-ignore format: one line
  ['# x\n! y\n\n  a = 1 ', [['a', '1 ']]],
  ['a=1\na=2', [['a', '2']]],
  ['a=x\\\n   y\\\\\nb=1', [['a', 'xy\\'], ['b', '1']]], // biome-ignore format: one line
  ['k\\=\\:\\ e=v=w', [['k=: e', 'v=w']]],
  ['u=\\u00fc\\t\\q', [['u', 'ü\tq']]],
  ['path=C:\\\\x', [['path', 'C:\\x']]],
  ['', []],
]
for (const [text, expected] of read) {
  test(`reads ${JSON.stringify(text)}`, () => assert.deepEqual([...decodePropertiesText(text)], expected))
}

test('writes a line for each value', () => {
  const text = encodePropertiesText([['a', '1'], ['b', undefined], ['c', 'x y']]) // biome-ignore format: one line
  assert.equal(text, 'a=1\nc=x y\n')
})

test('changes values and leaves all other lines as they are', () => {
  const text = '# ours\r\na = 1\\\n   2\n\n! b=5\nb: x\nc=keep \\\\\nlast=1'
  const changes = new Map([
    ['a', 'C:\\new'],
    ['b', ' y'],
    ['new', '7'],
  ])
  const changed = changedPropertiesText(text, changes)
  assert.equal(changed, '# ours\r\na=C:\\\\new\n\n! b=5\nb=\\ y\nc=keep \\\\\nlast=1\nnew=7\n')
  assert.deepEqual(Object.fromEntries(decodePropertiesText(changed)), {
    a: 'C:\\new',
    b: ' y',
    c: 'keep \\',
    last: '1',
    new: '7',
  })
  assert.equal(changedPropertiesText(text, new Map()), text)
  assert.equal(changedPropertiesText('', new Map([['a', '1']])), 'a=1\n')
  assert.equal(changedPropertiesText('a=1', new Map([['a', '2']])), 'a=2')
})
