import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InternedTexts } from '../../src/plain/interned-texts.ts'

test('a text that comes again is the same one, and never another', () => {
  const texts = new InternedTexts()
  const ascii = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 12 })
  fc.assert(
    fc.property(ascii, (text) => {
      const bytes = Buffer.from(`x${text}y`)
      const first = texts.of(bytes, 1, bytes.length - 1)
      assert.equal(first.text, text)
      assert.equal(first.bytes.toString(), text)
      assert.equal(texts.of(Buffer.from(text), 0, text.length), first)
    }),
  )
})

test('what is kept does not change with the bytes that it came in, and more than there is room for take the places of others', () => {
  const texts = new InternedTexts()
  const bytes = Buffer.alloc(16)
  for (let i = 0; i < 20_000; i++) {
    const length = bytes.write(`topic-${i}`)
    assert.equal(texts.of(bytes, 0, length).text, `topic-${i}`)
  }
  const kept = texts.of(bytes, 0, bytes.write('topic-1'))
  bytes.fill(0)
  assert.equal(kept.bytes.toString(), 'topic-1')
  const long = Buffer.alloc(300, 'l')
  assert.notEqual(texts.of(long, 0, 300), texts.of(long, 0, 300))
})
