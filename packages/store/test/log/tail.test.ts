import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Chunk } from '../../src/log/chunk.ts'
import { Tail } from '../../src/log/tail.ts'
import { TailLease } from '../../src/log/tail-lease.ts'

const chunkBytes = 100

function add(tail: Tail, start: number, bytes = chunkBytes): Chunk {
  const chunk = new Chunk(start, tail.allocate(bytes))
  chunk.used = chunk.written = bytes
  chunk.end = start + bytes
  tail.add(chunk)
  return chunk
}

it('keeps the newest chunks, and drops none that is not written', () => {
  const tail = new Tail(250, chunkBytes)
  const [first] = [add(tail, 0), add(tail, 100)]
  first.written = 50
  add(tail, 200)
  assert.ok(tail.has(0))
  assert.equal(tail.bytes, 300)
  first.written = 100
  tail.trim()
  assert.ok(!tail.has(99) && tail.has(100))
  assert.equal(tail.view(0, 10), undefined)
  assert.equal(tail.view(195, 10), undefined, 'a view lies in one chunk')
  assert.equal(tail.view(190, 10)?.length, 10)
  assert.equal(tail.bytes, 200)
})

it('uses memory again that no reader has seen, and no other', () => {
  const tail = new Tail(150, chunkBytes)
  const seen = add(tail, 0)
  seen.bytes.fill(1)
  const view = tail.view(0, 100)!
  const unseen = add(tail, 100)
  const third = add(tail, 200)
  const fourth = add(tail, 300)
  assert.ok(third.bytes !== seen.bytes && fourth.bytes !== seen.bytes)
  assert.equal(fourth.bytes, unseen.bytes)
  fourth.bytes.fill(4)
  assert.deepEqual(view, Buffer.alloc(100, 1))
})

it('finds views over many chunks of different sizes', () => {
  const tail = new Tail(10_000, chunkBytes)
  let start = 0
  const starts: number[] = []
  for (let n = 1; n < 300; n++) {
    starts.push(start)
    const chunk = add(tail, start, 1 + (n % 100))
    chunk.bytes.fill(n & 0xff)
    start += chunk.bytes.length
  }
  for (const [index, position] of starts.entries()) {
    const view = tail.view(position, 1)
    assert.equal(view?.[0], tail.has(position) ? (index + 1) & 0xff : undefined)
  }
})

it('does not keep memory for who only glances at it, except at the chunks that are dropped next', () => {
  const tail = new Tail(600, chunkBytes)
  const chunks = [0, 100, 200, 300, 400, 500].map((start) => add(tail, start))
  assert.equal(tail.glance(10, 10)?.length, 10)
  assert.equal(tail.glance(510, 20)?.length, 20)
  assert.deepEqual(
    chunks.map(({ isShared }) => isShared),
    [true, false, false, false, false, false],
  )
  assert.equal(tail.glance(590, 20), undefined, 'it lies in one chunk')
  assert.equal(tail.glance(600, 1), undefined)
  const short = new Tail(600, chunkBytes)
  const only = add(short, 0)
  assert.equal(short.glance(0, 100)?.length, 100)
  assert.ok(only.isShared)
})

it('uses memory again once those have ended who said for how long they look', () => {
  const tail = new Tail(150, chunkBytes)
  const lease = new TailLease()
  const [first, second] = [add(tail, 0), add(tail, 100)]
  tail.view(0, 10, lease)
  tail.view(100, 10, lease)
  tail.view(10, 10, lease)
  assert.deepEqual([first.leases, second.leases], [0, 1], 'the first is dropped, and cannot be seen')
  const third = add(tail, 200)
  assert.ok(!tail.has(100))
  const fourth = add(tail, 300)
  assert.notEqual(fourth.bytes, second.bytes)
  tail.view(300, 10, lease)
  lease.end()
  assert.deepEqual([second.leases, third.leases, fourth.leases], [0, 0, 0])
  add(tail, 400)
  assert.equal(add(tail, 500).bytes, fourth.bytes)
})
