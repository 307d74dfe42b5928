import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lines, maxLineCharacters } from '../../src/node/lines.ts'

test('chunks become lines, wherever they are cut', () => {
  const whole = Buffer.from('first\nsecönd\n\nrest')
  for (let cut = 0; cut <= whole.length; cut++) {
    const seen: string[] = []
    const lines = new Lines((line) => seen.push(line))
    lines.add(whole.subarray(0, cut))
    lines.add(whole.subarray(cut))
    lines.end()
    assert.deepEqual(seen, ['first', 'secönd', '', 'rest'])
  }
})

test('a line that never ends comes in pieces', () => {
  const seen: number[] = []
  const lines = new Lines((line) => seen.push(line.length))
  lines.add(Buffer.alloc(maxLineCharacters * 2 + 5, 'x'))
  assert.deepEqual(seen, [maxLineCharacters, maxLineCharacters])
  lines.end()
  assert.deepEqual(seen, [maxLineCharacters, maxLineCharacters, 5])
})
