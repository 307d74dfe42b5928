import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BareReplyWriter, encodeFrame } from '@cometmq/protocol'
import fc from 'fast-check'

test('a bare reply from a template is the one that is encoded', () => {
  const writer = new BareReplyWriter()
  const into = Buffer.alloc(512)
  fc.assert(
    fc.property(fc.oneof(fc.nat(0x7fff_ffff), fc.nat(20), fc.constantFrom(9, 10, 99, 100, 0x7fff_ffff)), (opaque) => {
      const expected = encodeFrame({ code: 0, flag: 1, opaque }, 'json')
      writer.opaque = opaque
      assert.equal(writer.frameSize(), expected.length)
      assert.equal(writer.writeFrame(into, 3), 3 + expected.length)
      assert.deepEqual(into.subarray(3, 3 + expected.length), expected)
    }),
  )
})
