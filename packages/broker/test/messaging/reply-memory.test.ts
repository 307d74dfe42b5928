import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReplyMemory } from '../../src/messaging/reply-memory.ts'

test('memory is lent to one answer at a time, and again when it was given back', () => {
  const memory = new ReplyMemory()
  const [first, second] = [memory.lend(), memory.lend()]
  const bytes = first.take(1_000)
  assert.ok(bytes.length >= 1_000)
  assert.equal(first.take(2_000), bytes, 'another try of the same answer')
  assert.notEqual(second.take(1_000), bytes)
  first.giveBack()
  first.giveBack()
  assert.equal(memory.lend().take(10), bytes)
  assert.notEqual(memory.lend().take(10), bytes, 'given back twice, it is lent once')
})

test('large answers have memory of their own, and not more is kept than the limit says', () => {
  const memory = new ReplyMemory()
  const large = memory.lend()
  const bytes = large.take(1024 * 1024)
  large.giveBack()
  assert.notEqual(memory.lend().take(1024 * 1024), bytes)
  const lent = Array.from({ length: 40 }, () => memory.lend())
  const pieces = new Set(lent.map((one) => one.take(1)))
  assert.equal(pieces.size, 40)
  for (const one of lent) one.giveBack()
  const again = Array.from({ length: 40 }, () => memory.lend().take(1))
  assert.equal(again.filter((piece) => pieces.has(piece)).length, 16)
})
