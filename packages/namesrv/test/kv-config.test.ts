import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KvConfigClosedError, KvConfigUnreadableError } from '@cometmq/namesrv'
import { type FileSystem, FileSystemError } from '@cometmq/platform'
import { CrashFileSystem, MemoryFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { KvConfig } from '../src/kv-config.ts'

const path = '/data/namesrv/kvConfig.json'

async function loaded(files: FileSystem): Promise<KvConfig> {
  const kv = new KvConfig(path, files)
  await kv.load()
  return kv
}

const textOf = async (files: FileSystem, of = path) => (await files.readFile(of)).toString()

async function write(files: FileSystem, at: string, text: string): Promise<void> {
  await files.makeDirectory('/data/namesrv')
  const file = await files.open(at, { create: true })
  await file.truncate(0)
  await file.write(Buffer.from(text), 0)
  await file.close()
}

test('what is put is kept in Apache’s form and read back', async () => {
  const files = new MemoryFileSystem()
  const kv = await loaded(files)
  await kv.put('NS', 'k', 'v/1 ü"')
  await kv.put('__proto__', 'constructor', 'w')
  assert.equal(await textOf(files), '{"configTable":{"NS":{"k":"v/1 ü\\""},"__proto__":{"constructor":"w"}}}')
  const again = await loaded(files)
  assert.equal(again.get('NS', 'k'), 'v/1 ü"')
  assert.equal(again.get('__proto__', 'constructor'), 'w')
  assert.equal(again.get('NS', 'toString'), undefined)
})

test('a namespace outlives its last key', async () => {
  const files = new MemoryFileSystem()
  const kv = await loaded(files)
  await kv.put('NS', 'k', 'v')
  await kv.delete('NS', 'k')
  assert.deepEqual((await loaded(files)).list('NS'), new Map())
  assert.equal(kv.list('other'), undefined)
})

test('changes that come together share a write, and all of them are durable when they resolve', async () => {
  const files = new MemoryFileSystem()
  const kv = await loaded(files)
  await Promise.all(Array.from({ length: 100 }, (_, i) => kv.put('NS', `k${i}`, 'v')))
  assert.equal((await loaded(files)).list('NS')?.size, 100)
  assert.ok(kv.revision <= 3, `${kv.revision} writes`)
})

test('a change that cannot be written is refused and not seen', async () => {
  const files = new MemoryFileSystem()
  const kv = await loaded(files)
  await kv.put('NS', 'k', 'old')
  const open = files.open.bind(files)
  files.open = (at) => Promise.reject(new FileSystemError('open', at, 'ENOSPC'))
  await assert.rejects(kv.put('NS', 'k', 'new'), { systemCode: 'ENOSPC' })
  assert.equal(kv.get('NS', 'k'), 'old')
  files.open = open
  await kv.put('NS', 'k', 'new')
  assert.equal((await loaded(files)).get('NS', 'k'), 'new')
})

test('a torn file gives way to its backup; without one the NameServer refuses to forget', async () => {
  const files = new MemoryFileSystem()
  for (const torn of ['', '{"configTable":{"NS":{"k"', '[]', '{"configTable":{"NS":1}}']) {
    await write(files, path, torn)
    await write(files, `${path}.bak`, '{"configTable":{"NS":{"k":"v"}}}')
    assert.equal((await loaded(files)).get('NS', 'k'), 'v')
    assert.equal(await textOf(files), '{"configTable":{"NS":{"k":"v"}}}', 'the file is mended')
    await write(files, path, torn)
    await write(files, `${path}.bak`, torn)
    await assert.rejects(
      loaded(files),
      (error) => error instanceof KvConfigUnreadableError && error.message.includes(path),
    )
  }
})

test('closing waits for what was accepted and refuses the rest', async () => {
  const files = new MemoryFileSystem()
  const kv = await loaded(files)
  const accepted = kv.put('NS', 'k', 'v')
  await kv.close()
  await accepted
  await assert.rejects(kv.put('NS', 'k', 'w'), KvConfigClosedError)
  assert.equal((await loaded(files)).get('NS', 'k'), 'v')
})

/** The files, counting what is done with them; the power goes before operation number `limit`. */
function withPowerUntil(files: CrashFileSystem, limit: number, cut: () => void): FileSystem {
  let done = 0
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const member = target[name as keyof T]
        if (typeof member !== 'function') return member
        return async (...args: unknown[]) => {
          if (++done === limit) cut()
          const result: unknown = await member.apply(target, args)
          return name === 'open' ? counted(result as object) : result
        }
      },
    })
  return counted(files)
}

/** The folder itself is there to stay; who makes it makes its name durable. */
async function withFolder(): Promise<CrashFileSystem> {
  const files = new CrashFileSystem()
  await files.makeDirectory('/data/namesrv')
  for (const folder of ['/', '/data']) await files.syncDirectory(folder)
  return files
}

test('what was acknowledged outlives a power cut at any moment', async () => {
  for (let limit = 2; limit < 60; limit++) {
    const random = new SeededRandom(limit)
    const files = await withFolder()
    let left: CrashFileSystem | undefined
    const cut = () => {
      left = files.crash(random)
    }
    const kv = new KvConfig(path, withPowerUntil(files, limit, cut))
    let acknowledged = 0
    await assert.rejects(async () => {
      await kv.load()
      for (;;) {
        await kv.put('NS', `k${acknowledged + 1}`, 'v'.repeat(acknowledged))
        acknowledged++
      }
    })
    assert.ok(left !== undefined)
    const after = await loaded(left)
    for (let i = 1; i <= acknowledged; i++) assert.equal(after.get('NS', `k${i}`), 'v'.repeat(i - 1), `limit ${limit}`)
  }
})
