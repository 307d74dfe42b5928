import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadAhead } from '../../src/log/read-ahead.ts'

const fileEnd = 64 * 1024 * 1024

/** Bytes that tell their position. */
function disk(end = fileEnd) {
  const reads: { position: number; size: number }[] = []
  const readInto = async (memory: Buffer, position: number) => {
    reads.push({ position, size: memory.length })
    if (source.isBroken) throw new Error('EIO')
    for (let i = 0; i < memory.length; i += 4) memory.writeUInt32BE((position + i) >>> 0, i)
    return memory.length
  }
  const source = { readInto, endOf: () => end, isBusy: () => source.hasOthers, isBroken: false, hasOthers: false }
  return { reads, source }
}

test('a read that follows none takes only what it needs, one that goes on takes a block that serves the next', async () => {
  const { reads, source } = disk()
  const ahead = new ReadAhead(source)
  assert.equal(await ahead.prepare(0, 40_000), false)
  assert.equal(await ahead.prepare(40_000, 80_000), true)
  assert.equal(reads.length, 1)
  for (let at = 40_000; at < 500_000; at += 40_000) {
    const view = ahead.view(at, 40_000)
    assert.equal(view?.readUInt32BE(0), at)
  }
  assert.equal(reads.length, 1)
})

test('reads here and there read nothing ahead', async () => {
  const { reads, source } = disk()
  const ahead = new ReadAhead(source)
  for (const from of [0, 9_000_000, 3_000_000, 30_000_000, 20_000_000]) {
    assert.equal(await ahead.prepare(from, from + 4_000), false)
  }
  assert.equal(reads.length, 0)
})

test('several readers of one part wait for one read, and nothing is read behind the limit', async () => {
  const { reads, source } = disk(200_000)
  const ahead = new ReadAhead(source)
  await ahead.prepare(0, 1_000)
  const prepared = await Promise.all([1_000, 2_000, 3_000].map((from) => ahead.prepare(from, from + 1_000)))
  assert.deepEqual(prepared, [true, true, true])
  assert.deepEqual(reads, [{ position: 1_000, size: 199_000 }])
  assert.equal(ahead.view(199_000, 1_001), undefined)
})

test('a record that is cut at the end of a block is whole in the next one', async () => {
  const { reads, source } = disk()
  const ahead = new ReadAhead(source)
  await ahead.prepare(0, 1_000)
  await ahead.prepare(1_000, 2_000)
  const end = reads[0]!.position + reads[0]!.size
  assert.equal(ahead.view(end - 500, 1_000), undefined)
  assert.equal(await ahead.prepare(end - 500, end + 500), true)
  assert.equal(ahead.view(end - 500, 1_000)?.length, 1_000)
  assert.equal(ahead.view(end - 30_000, 1_000)?.length, 1_000)
})

test('old blocks make room for new ones', async () => {
  const { source } = disk()
  const ahead = new ReadAhead(source)
  for (let at = 0; at < 40 * 1024 * 1024; at += 100_000) {
    if (ahead.view(at, 100_000) === undefined) await ahead.prepare(at, at + 100_000)
  }
  assert.equal(ahead.view(200_000, 100), undefined)
  assert.ok(ahead.view(39 * 1024 * 1024, 100) !== undefined)
})

test('a failed read fails those who wait for it and no later one', async () => {
  const { source } = disk()
  const ahead = new ReadAhead(source)
  await ahead.prepare(0, 1_000)
  source.isBroken = true
  await assert.rejects(ahead.prepare(1_000, 2_000), /EIO/)
  source.isBroken = false
  assert.equal(await ahead.prepare(1_000, 2_000), true)
})

test('the next block is read when half of one is used, once, and serves without waiting', async () => {
  const { reads, source } = disk()
  const ahead = new ReadAhead(source)
  await ahead.prepare(0, 1_000)
  await ahead.prepare(1_000, 2_000)
  ahead.view(500_000, 1_000)
  assert.equal(reads.length, 1)
  for (let at = 600_000; at < 900_000; at += 1_000) ahead.view(at, 1_000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(reads.length, 2)
  assert.equal(reads[1]!.position, 1_000 + 1024 * 1024 - 64 * 1024)
  assert.equal(ahead.view(1_500_000, 1_000)?.readUInt32BE(0), 1_500_000)
})

test('a block that nobody asked for yet and that cannot be read fails nobody before it is needed', async () => {
  const { reads, source } = disk()
  const ahead = new ReadAhead(source)
  await ahead.prepare(0, 1_000)
  await ahead.prepare(1_000, 2_000)
  source.isBroken = true
  ahead.view(900_000, 1_000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(reads.length, 2)
  await assert.rejects(ahead.prepare(1_049_000, 1_050_000), /EIO/)
})

test('nothing is read behind the end unasked', async () => {
  const { reads, source } = disk(1_050_000)
  const ahead = new ReadAhead(source)
  await ahead.prepare(0, 1_000)
  await ahead.prepare(1_000, 2_000)
  ahead.view(900_000, 1_000)
  assert.equal(reads.length, 1)
})

test('nothing is read unasked while others read, but as soon as they do not', async () => {
  const { reads, source } = disk()
  const ahead = new ReadAhead(source)
  await ahead.prepare(0, 1_000)
  await ahead.prepare(1_000, 2_000)
  source.hasOthers = true
  ahead.view(800_000, 1_000)
  assert.equal(reads.length, 1)
  source.hasOthers = false
  ahead.view(801_000, 1_000)
  assert.equal(reads.length, 2)
})
