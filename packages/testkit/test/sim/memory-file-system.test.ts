import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryFileSystem, SimulatedClock } from '@cometmq/testkit/sim'

test('a full disk takes what fits and refuses the rest, until something is removed', async () => {
  const files = new MemoryFileSystem({ capacityBytes: 64 * 1024 })
  const first = await files.open('/first', { create: true })
  await first.write(Buffer.alloc(40 * 1024, 1), 0)
  const second = await files.open('/second', { create: true })
  await assert.rejects(second.write(Buffer.alloc(40 * 1024, 2), 0), { systemCode: 'ENOSPC', retriable: true })
  assert.equal(await second.size(), 16 * 1024)
  assert.equal((await files.usage('/')).freeBytes, 0)
  await first.write(Buffer.alloc(1, 3), 0)
  await files.remove('/first')
  assert.equal((await files.usage('/')).freeBytes, 0, 'an open file still takes its space')
  await first.close()
  assert.equal((await files.usage('/')).freeBytes, 48 * 1024)
  await second.write(Buffer.alloc(40 * 1024, 2), 0)
})

test('modification times come from the clock', async () => {
  const clock = new SimulatedClock(1_000)
  const files = new MemoryFileSystem({ clock })
  const file = await files.open('/a', { create: true })
  assert.equal((await files.stat('/a'))?.modifiedAt, 1_000)
  await clock.advance(500)
  await file.write(Buffer.from('x'), 0)
  assert.equal((await files.stat('/a'))?.modifiedAt, 1_500)
})

test('paths have one meaning however they are written', async () => {
  const files = new MemoryFileSystem()
  await files.makeDirectory('store/./x/../commitlog/')
  const file = await files.open('/store//commitlog/a', { create: true })
  await file.close()
  assert.deepEqual(await files.list('store/commitlog'), [{ name: 'a', isDirectory: false }])
})
