import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KnownBytes } from '../../src/plain/known-bytes.ts'

test('known bytes are found where they stand, whole and before the end', () => {
  const bytes = fc.uint8Array({ maxLength: 23 })
  fc.assert(
    fc.property(bytes, bytes, fc.nat(40), fc.nat(40), (known, other, at, cut) => {
      const there = Buffer.concat([Buffer.alloc(at, 1), known, Buffer.alloc(4, 2)])
      const view = new DataView(there.buffer, there.byteOffset, there.length)
      const expected = new KnownBytes(Buffer.from(known))
      const end = at + known.length
      assert.ok(expected.isAt(view, at, end))
      assert.equal(expected.isAt(view, at, end - 1), false)
      const differs = Buffer.compare(known, other) !== 0 && other.length === known.length
      if (differs) assert.equal(new KnownBytes(Buffer.from(other)).isAt(view, at, end), false)
      if (known.length === 0) return
      there[at + (cut % known.length)]! ^= 0x40
      assert.equal(expected.isAt(view, at, end), false)
    }),
  )
})
