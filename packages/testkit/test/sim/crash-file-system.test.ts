import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileSystem } from '@cometmq/platform'
import { CrashFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import fc from 'fast-check'

const seeds = Array.from({ length: 200 }, (_, seed) => seed)
const sector = 512

/** What each seed leaves of a disk that `prepare` made. */
async function outcomes<T>(
  prepare: (files: CrashFileSystem) => Promise<void>,
  look: (files: FileSystem) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    seeds.map(async (seed) => {
      const files = new CrashFileSystem()
      await prepare(files)
      return look(files.crash(new SeededRandom(seed)))
    }),
  )
}

async function put(files: FileSystem, path: string, content: string): Promise<void> {
  const file = await files.open(path, { create: true })
  await file.write(Buffer.from(content), 0)
  await file.sync()
  await file.close()
}

const get = async (files: FileSystem, path: string) => (await files.readFile(path)).toString()
const names = async (files: FileSystem) =>
  (await files.list('/'))
    .map(({ name }) => name)
    .sort()
    .join()
const distinct = (values: readonly unknown[]) => [...new Set(values)].sort()

test('what was synced, with its name, survives every power cut', async () => {
  const contents = await outcomes(
    async (files) => {
      await files.makeDirectory('/d')
      await files.syncDirectory('/')
      await put(files, '/d/a', 'durable')
      await files.syncDirectory('/d')
    },
    (files) => get(files, '/d/a'),
  )
  assert.deepEqual(distinct(contents), ['durable'])
})

test('a name that was not synced is there or not, whole', async () => {
  const listings = await outcomes((files) => put(files, '/a', 'content'), names)
  assert.deepEqual(distinct(listings), ['', 'a'])
})

test('a rename that was not synced leaves the old state or the new, never none or both', async () => {
  const states = await outcomes(
    async (files) => {
      await put(files, '/target', 'old')
      await put(files, '/temporary', 'new')
      await files.syncDirectory('/')
      await files.rename('/temporary', '/target')
    },
    async (files) => `${await names(files)}: ${await get(files, '/target')}`,
  )
  assert.deepEqual(distinct(states), ['target,temporary: old', 'target: new'])
})

test('a removal that was not synced may come back, with its content', async () => {
  const states = await outcomes(
    async (files) => {
      await put(files, '/a', 'content')
      await files.syncDirectory('/')
      await files.remove('/a')
    },
    async (files) => ((await files.stat('/a')) === undefined ? 'gone' : get(files, '/a')),
  )
  assert.deepEqual(distinct(states), ['content', 'gone'])
})

test('a move between folders is durable when both are synced', async () => {
  const prepare = async (files: CrashFileSystem) => {
    await files.makeDirectory('/from')
    await files.makeDirectory('/to')
    await files.syncDirectory('/')
    await put(files, '/from/a', 'x')
    await files.syncDirectory('/from')
    await files.rename('/from/a', '/to/a')
    await files.syncDirectory('/to')
  }
  const isMoved = async (files: FileSystem) => (await files.stat('/to/a')) !== undefined
  assert.deepEqual(distinct(await outcomes(prepare, isMoved)), [false, true])
  const both = async (files: CrashFileSystem) => {
    await prepare(files)
    await files.syncDirectory('/from')
  }
  assert.deepEqual(distinct(await outcomes(both, isMoved)), [true])
})

test('a sync of the disk keeps contents and names that were there when it began', async () => {
  const states = await outcomes(
    async (files) => {
      await files.makeDirectory('/d')
      await put(files, '/d/a', 'content')
      await put(files, '/d/b', 'gone')
      await files.remove('/d/b')
      const synced = files.syncDisk('/d')
      files.writeNow('/d/a', Buffer.from('C'), 0)
      assert.equal(await synced, true)
    },
    async (files) => `${(await files.list('/d')).map(({ name }) => name)}: ${await get(files, '/d/a')}`,
  )
  assert.deepEqual(distinct(states), ['a: Content', 'a: content'])
})

test('a write that was not synced is lost, kept, or torn between sectors, and what was synced before it stays', async () => {
  const contents = await outcomes(
    async (files) => {
      const file = await files.open('/a', { create: true })
      await file.write(Buffer.alloc(4 * sector, 'o'), 0)
      await file.sync()
      await files.syncDirectory('/')
      await file.write(Buffer.alloc(2 * sector, 'n'), sector + 10)
    },
    (files) => get(files, '/a'),
  )
  for (const content of contents) {
    assert.equal(content.length, 4 * sector)
    assert.match(content, /^o{522}(o{502}|n{502})(o{512}|n{512})(o{10}|n{10})o{502}$/)
  }
  assert.equal(distinct(contents).length, 8, 'every combination of the three sectors happens')
})

test('a sector that holds a later write holds the earlier ones', async () => {
  const contents = await outcomes(
    async (files) => {
      const file = await files.open('/a', { create: true })
      await file.write(Buffer.alloc(sector, 'o'), 0)
      await file.sync()
      await files.syncDirectory('/')
      await file.write(Buffer.from('first'), 0)
      await file.write(Buffer.from('second'), 100)
    },
    (files) => get(files, '/a'),
  )
  const seen = distinct(contents.map((content) => [content.includes('first'), content.includes('second')].join()))
  assert.deepEqual(seen.sort(), ['false,false', 'true,false', 'true,true'])
})

test('a file that was growing ends anywhere, with zeros where its bytes are lost', async () => {
  const contents = await outcomes(
    async (files) => {
      const file = await files.open('/a', { create: true })
      await files.syncDirectory('/')
      for (let block = 0; block < 4; block++) await file.write(Buffer.alloc(sector, 'n'), block * sector)
    },
    (files) => get(files, '/a'),
  )
  for (const content of contents) assert.match(content, /^(n{512}|\0{512})*$/)
  assert.deepEqual(distinct(contents.map((content) => content.length / sector)), [0, 1, 2, 3, 4])
})

test('a sync covers what came before it began, not what came while it ran', async () => {
  const contents = await outcomes(
    async (files) => {
      const file = await files.open('/a', { create: true })
      await files.syncDirectory('/')
      await file.write(Buffer.from('one'), 0)
      const synced = file.sync()
      file.writeNow(Buffer.from('two'), 0)
      await synced
    },
    (files) => get(files, '/a'),
  )
  assert.deepEqual(distinct(contents), ['one', 'two'])
})

test('a sync that the power cut overtakes never ends well', async () => {
  const files = new CrashFileSystem()
  const file = await files.open('/a', { create: true })
  const synced = file.sync()
  files.crash(new SeededRandom(1))
  await assert.rejects(synced, { systemCode: 'ESHUTDOWN' })
})

test('a process that is killed leaves all it wrote, free of locks, and still not synced', async () => {
  const first = new CrashFileSystem()
  const file = await first.open('/a', { create: true })
  await first.syncDirectory('/')
  assert.ok(await first.lock('/lock'))
  await file.write(Buffer.from('written'), 0)
  const second = first.kill()
  assert.equal(await get(second, '/a'), 'written')
  assert.ok(await second.lock('/lock'))
  await assert.rejects(file.write(Buffer.from('late'), 0), { systemCode: 'ESHUTDOWN' })
  await assert.rejects(first.open('/a'), { systemCode: 'ESHUTDOWN' })
  await file.close()
  const lost = seeds.map((seed) => second.crash(new SeededRandom(seed)))
  const contents = await Promise.all(lost.map((files) => get(files, '/a')))
  assert.ok(contents.includes('written') && contents.includes(''))
})

test('what one power cut left, the next one cannot take', async () => {
  const first = new CrashFileSystem()
  await put(first, '/a', 'content')
  const second = first.crash(new SeededRandom(2))
  const found = await names(second)
  for (const seed of seeds) assert.equal(await names(second.crash(new SeededRandom(seed))), found)
})

test('the same seed leaves the same', async () => {
  const write = fc.record({ at: fc.nat(5_000), length: fc.integer({ min: 1, max: 2_000 }), sync: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 12 }), fc.nat(), async (writes, seed) => {
      const run = async () => {
        const files = new CrashFileSystem()
        const file = await files.open('/a', { create: true })
        await files.syncDirectory('/')
        for (const { at, length, sync } of writes) {
          await file.write(Buffer.alloc(length, at), at)
          if (sync) await file.sync()
        }
        return (await files.crash(new SeededRandom(seed)).readFile('/a')).toString('latin1')
      }
      assert.equal(await run(), await run())
    }),
    { numRuns: 50 },
  )
})
