import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReplaceable, replaceFile } from '@cometmq/platform'
import { MemoryFileSystem } from '@cometmq/testkit/sim'

const text = (content: Buffer) => content.toString()

test('what was replaced is read back, and the previous content is kept when asked', async () => {
  const files = new MemoryFileSystem()
  assert.equal(await readReplaceable(files, '/config/a.json', text), undefined)
  await replaceFile(files, '/config/a.json', Buffer.from('one, longer'), { keepPrevious: true })
  await replaceFile(files, '/config/a.json', Buffer.from('two'), { keepPrevious: true })
  assert.equal(await readReplaceable(files, '/config/a.json', text), 'two')
  assert.equal(text(await files.readFile('/config/a.json.bak')), 'one, longer')
})

test('a torn file gives way to its backup, and no readable file at all is an error', async () => {
  const files = new MemoryFileSystem()
  await replaceFile(files, '/config/a.json', Buffer.from('{"a":1}'), { keepPrevious: true })
  await replaceFile(files, '/config/a.json', Buffer.from('{"a":'), { keepPrevious: true })
  const parse = (content: Buffer) => JSON.parse(content.toString()) as unknown
  assert.deepEqual(await readReplaceable(files, '/config/a.json', parse), { a: 1 })
  assert.equal(text(await files.readFile('/config/a.json.unreadable')), '{"a":')
  assert.deepEqual(await readReplaceable(files, '/config/a.json', parse), { a: 1 })
  await replaceFile(files, '/config/a.json.bak', Buffer.from('{'))
  await assert.rejects(readReplaceable(files, '/config/a.json', parse), SyntaxError)
})
