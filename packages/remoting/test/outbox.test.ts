import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFrame, type Frame } from '@cometmq/protocol'
import fc from 'fast-check'
import { FrameReader } from '../src/frame-reader.ts'
import { Outbox } from '../src/outbox.ts'
import { OutgoingChunks } from '../src/outgoing-chunks.ts'

/** A system that takes what is written at once or later; until then it looks at the memory that it was given. */
class SlowSystem {
  readonly outbox: Outbox
  readonly frames: Frame[] = []
  #untaken: Uint8Array[] = []
  isQuick = true
  readonly #reader = new FrameReader((bytes, start, end) =>
    this.frames.push(decodeFrame(Buffer.from(bytes.subarray(start, end)), 0, end - start)),
  )

  constructor(chunks: OutgoingChunks) {
    this.outbox = new Outbox((bytes) => {
      this.#untaken.push(bytes)
      if (this.isQuick) this.#take()
      return this.isQuick
    }, chunks)
  }

  drain(): void {
    this.#take()
    this.outbox.drained()
  }

  #take(): void {
    for (const bytes of this.#untaken) this.#reader.push(Buffer.from(bytes))
    this.#untaken = []
  }
}

const steps = fc.array(
  fc.record({
    connection: fc.nat(2),
    does: fc.constantFrom('append', 'append', 'append', 'flush', 'slow', 'drain'),
    bytes: fc.oneof(fc.nat(300), fc.nat(60_000), fc.constantFrom(100_000, 131_071, 131_072, 200_000)),
  }),
  { maxLength: 40 },
)

test('connections that share memory send their own frames, whenever the system takes them', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const chunks = new OutgoingChunks()
      const systems = [0, 1, 2].map(() => new SlowSystem(chunks))
      const sent: number[][] = [[], [], []]
      for (const [i, { connection, does, bytes }] of taken.entries()) {
        const system = systems[connection]!
        if (does === 'append') {
          system.outbox.append(JSON.stringify({ code: 0, opaque: i, flag: 1 }), Buffer.alloc(bytes, i))
          sent[connection]!.push(i)
        } else if (does === 'flush') system.outbox.flush()
        else if (does === 'slow') system.isQuick = false
        else {
          system.isQuick = true
          system.drain()
        }
      }
      for (const [connection, system] of systems.entries()) {
        system.outbox.flush()
        system.drain()
        assert.deepEqual(
          system.frames.map(({ opaque }) => opaque),
          sent[connection],
        )
        for (const { opaque, body } of system.frames) {
          assert.equal(body.length, taken[opaque]!.bytes)
          assert.ok(body.every((byte) => byte === opaque))
        }
      }
    }),
  )
})

test('what the system has taken is used again, and what it has not is left alone', () => {
  const chunks = new OutgoingChunks()
  const system = new SlowSystem(chunks)
  const memory = new Set<ArrayBufferLike>()
  const take = chunks.take.bind(chunks)
  chunks.take = (bytes) => {
    const chunk = take(bytes)
    memory.add(chunk.buffer)
    return chunk
  }
  const send = () => {
    system.outbox.append('{"code":0,"opaque":1,"flag":1}', Buffer.alloc(40_000))
    system.outbox.flush()
  }
  for (let i = 0; i < 50; i++) send()
  assert.equal(memory.size, 1)
  system.isQuick = false
  for (let i = 0; i < 12; i++) send()
  assert.equal(memory.size, 2, 'six frames fit one piece')
  system.drain()
  system.isQuick = true
  for (let i = 0; i < 50; i++) send()
  assert.equal(memory.size, 2)
})

test('so many pieces are kept, and an unusual one is not', () => {
  const chunks = new OutgoingChunks()
  const large = Array.from({ length: 20 }, () => chunks.take(100_000))
  const unusual = chunks.take(600_000)
  for (const chunk of [...large, unusual]) chunks.giveBack(chunk)
  const again = Array.from({ length: 20 }, () => chunks.take(100_000))
  assert.equal(again.filter((chunk) => large.includes(chunk)).length, 16)
  assert.notEqual(chunks.take(600_000), unusual)
})
