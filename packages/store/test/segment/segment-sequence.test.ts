import assert from 'node:assert/strict'
import { it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { MemoryFileSystem } from '@cometmq/testkit/sim'
import { OpenFiles } from '../../src/segment/open-files.ts'
import { SegmentSequence } from '../../src/segment/segment-sequence.ts'
import { isHoleBehind, zeroRest } from '../../src/segment/zero-rest.ts'

async function sequenceOf(count: number, files = new MemoryFileSystem()) {
  await files.makeDirectory('/s')
  const handles = new OpenFiles(files, silentLogger, 4)
  const sequence = new SegmentSequence(files, handles, '/s', 100)
  for (let index = 0; index < count; index++) await sequence.create(index * 100)
  return { files, handles, sequence }
}

it('makes sparse files of one length and reads over them', async () => {
  const { files, sequence } = await sequenceOf(3)
  assert.equal((await files.stat('/s/00000000000000000200'))?.size, 100)
  await sequence.write(Buffer.from('abcd'), 96)
  await sequence.write(Buffer.from('efgh'), 100)
  const bytes = Buffer.alloc(8)
  assert.equal(await sequence.read(bytes, 96), 8)
  assert.equal(bytes.toString(), 'abcdefgh')
  assert.equal(await sequence.read(Buffer.alloc(50), 280), 20, 'no further than the last file')
})

it('finds what lies in a folder, and judges nothing', async () => {
  const { files, handles } = await sequenceOf(3)
  await (await files.open('/s/00000000000000000500', { create: true })).close()
  await (await files.open('/s/notes.txt', { create: true })).close()
  await files.remove('/s/00000000000000000100')
  const file = await files.open('/s/00000000000000000200')
  await file.truncate(40)
  const found = await SegmentSequence.find(files, handles, '/s', 100)
  assert.deepEqual(found.sequence.starts, [0, 200])
  assert.deepEqual(found.misfits, [{ path: '/s/00000000000000000200', bytes: 40 }])
  assert.deepEqual(found.strangers, ['notes.txt'])
  assert.equal(found.gapAt, 100)
  assert.equal(await files.stat('/s/00000000000000000500'), undefined, 'the empty last file is removed')
})

it('zeroes the rest of a file and leaves holes holes', async () => {
  const { files, sequence } = await sequenceOf(2)
  await sequence.write(Buffer.alloc(100, 7), 0)
  assert.ok((await zeroRest(sequence, 40)) > 0)
  const bytes = await files.readFile('/s/00000000000000000000')
  assert.deepEqual(bytes, Buffer.concat([Buffer.alloc(40, 7), Buffer.alloc(60)]))
  const used = files.disk.usedBytes
  assert.equal(await zeroRest(sequence, 100), 0)
  assert.equal(files.disk.usedBytes, used)
})

it('tells from what a file takes that nothing lies behind its end, and reads the rest of the block only', async () => {
  const blockBytes = 4096
  const files = new MemoryFileSystem()
  await files.makeDirectory('/s')
  const sequence = new SegmentSequence(files, new OpenFiles(files, silentLogger, 4), '/s', 10 * blockBytes)
  await sequence.create(0)
  await sequence.write(Buffer.alloc(5000, 7), 0)
  const isHole = (allocatedBytes: number | undefined, end = 5000) =>
    isHoleBehind(sequence, end, { allocatedBytes, blockBytes })
  assert.equal(await isHole(2 * blockBytes), true)
  assert.equal(await isHole(3 * blockBytes), false, 'another block is taken somewhere')
  assert.equal(await isHole(undefined), false, 'the file system does not tell')
  assert.equal(await isHoleBehind(sequence, 5000, { allocatedBytes: 8192, blockBytes: undefined }), false)
  assert.equal(await isHole(2 * blockBytes, 4999), false, 'a byte in the same block')
  assert.equal(await isHole(0, 0), true)
})
