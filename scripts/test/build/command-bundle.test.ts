import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { inAscii } from '../../build/command-bundle.ts'

test('code in ASCII says the same', () => {
  const code = "['a → b', `… é`, '😀', /^[→😀]$/u.test('😀')]"
  const same = inAscii(code)
  assert.match(same, /^[\0-\x7f]*$/)
  assert.deepEqual([...runInNewContext(same)], [...runInNewContext(code)])
})
