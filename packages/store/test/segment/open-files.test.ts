import assert from 'node:assert/strict'
import { it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { MemoryFileSystem } from '@cometmq/testkit/sim'
import { OpenFiles } from '../../src/segment/open-files.ts'

async function threeFiles(): Promise<MemoryFileSystem> {
  const files = new MemoryFileSystem()
  for (const path of ['/a', '/b', '/c']) await (await files.open(path, { create: true })).close()
  return files
}

it('keeps no more files open than it may, and never closes one in use', async () => {
  const open = new OpenFiles(await threeFiles(), silentLogger, 1)
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = open.use('/a', async (file) => {
    await gate
    return file.size()
  })
  await open.use('/b', (file) => file.size())
  await open.use('/c', (file) => file.size())
  assert.equal(open.size, 1)
  release()
  assert.equal(await slow, 0)
  await open.use('/b', (file) => file.size())
  assert.equal(open.size, 1)
  await open.close()
  assert.equal(open.size, 0)
})

it('opens again what could not be opened before', async () => {
  const files = new MemoryFileSystem()
  const open = new OpenFiles(files, silentLogger, 4)
  await assert.rejects(
    open.use('/late', (file) => file.size()),
    { systemCode: 'ENOENT' },
  )
  await (await files.open('/late', { create: true })).close()
  assert.equal(await open.use('/late', (file) => file.size()), 0)
  await open.close()
})
