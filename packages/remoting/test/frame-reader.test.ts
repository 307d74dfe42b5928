import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFrame, encodeFrame, type Frame } from '@cometmq/protocol'
import fc from 'fast-check'
import { FrameReader } from '../src/frame-reader.ts'
import { Outbox } from '../src/outbox.ts'
import { OutgoingChunks } from '../src/outgoing-chunks.ts'

test('frames come out whole and in order, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3_000), { minLength: 1, maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1 }),
      (bodies, cuts) => {
        const stream = Buffer.concat(
          bodies.map((size, i) =>
            encodeFrame(
              { code: i, flag: 0, opaque: i, ext: { size: String(size) } },
              i % 2 === 0 ? 'json' : 'rocketmq',
              Buffer.alloc(size, i),
            ),
          ),
        )
        const frames: Frame[] = []
        const reader = new FrameReader((bytes, start, end) =>
          frames.push(decodeFrame(Buffer.from(bytes.subarray(start, end)), 0, end - start)),
        )
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length]!
          reader.push(stream.subarray(at, at + size))
          at += size
        }
        assert.deepEqual(
          frames.map((frame) => [frame.opaque, Number(frame.ext?.size), frame.body.length]),
          bodies.map((size, i) => [i, size, size]),
        )
        for (const frame of frames) assert.ok(frame.body.every((byte) => byte === frame.opaque))
      },
    ),
  )
})

test('what an outbox gathers leaves as the same frames, copied or by reference', async () => {
  const frames: Frame[] = []
  const reader = new FrameReader((bytes, start, end) =>
    frames.push(decodeFrame(Buffer.from(bytes.subarray(start, end)), 0, end - start)),
  )
  const writes: Buffer[] = []
  const outbox = new Outbox((bytes) => {
    writes.push(Buffer.from(bytes))
    return writes.length % 2 === 0
  }, new OutgoingChunks())
  const sizes = [0, 10, 70_000, 200_000, 5, 130_000, 1]
  for (const [i, size] of sizes.entries()) {
    const half = size >> 1
    const isCopied = outbox.append(JSON.stringify({ code: 0, opaque: i, flag: 1 }), [
      Buffer.alloc(half, 1),
      Buffer.alloc(size - half, 2),
    ])
    assert.equal(isCopied, size < 128 * 1024)
  }
  await new Promise(setImmediate)
  for (const write of writes) reader.push(write)
  assert.deepEqual(
    frames.map((frame) => frame.body.length),
    sizes,
  )
  assert.ok(writes.length < 10, `${writes.length} writes`)
})
