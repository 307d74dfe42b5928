import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { link, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { nodeFileSystem } from '@cometmq/platform/node'

const holder = `
  import { nodeFileSystem } from '@cometmq/platform/node'
  const lock = await nodeFileSystem.lock(process.argv[1])
  console.log(lock === undefined ? 'refused' : 'held')
  setInterval(() => {}, 60_000)
`

let folder: string
let path: string
let children: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometmq-lock-'))
  path = join(folder, 'lock')
  children = []
})

afterEach(async () => {
  await Promise.all(children.map(kill))
  await rm(folder, { recursive: true })
})

test('another process holds the lock until it is killed, and not a moment longer', async () => {
  const child = await holdInAnotherProcess(path)
  assert.equal(await nodeFileSystem.lock(path), undefined)
  await kill(child)
  const lock = await nodeFileSystem.lock(path)
  assert.ok(lock)
  assert.equal(await askInAnotherProcess(path), 'refused')
  await lock.release()
  assert.equal(await askInAnotherProcess(path), 'held')
})

test('the lock is on the file and not on its name', async () => {
  await holdInAnotherProcess(path)
  await symlink(folder, `${folder}-link`)
  await symlink(path, join(folder, 'symbolic'))
  await link(path, join(folder, 'hard'))
  try {
    assert.equal(await nodeFileSystem.lock(join(`${folder}-link`, 'lock')), undefined)
    assert.equal(await nodeFileSystem.lock(join(folder, 'symbolic')), undefined)
    assert.equal(await nodeFileSystem.lock(join(folder, 'hard')), undefined)
  } finally {
    await rm(`${folder}-link`)
  }
})

test('what a Java broker left in the file is no obstacle, and nothing is written', async () => {
  await writeFile(path, 'lock')
  const lock = await nodeFileSystem.lock(path)
  assert.ok(lock)
  await lock.release()
  assert.equal((await readFile(path)).length, 0)
  assert.deepEqual(await nodeFileSystem.list(folder), [{ name: 'lock', isDirectory: false }])
})

async function holdInAnotherProcess(path: string): Promise<ChildProcess> {
  assert.equal(await askInAnotherProcess(path), 'held')
  return children.at(-1)!
}

async function askInAnotherProcess(path: string): Promise<string> {
  const options = { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] as const }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', holder, path], {
    ...options,
    stdio: [...options.stdio],
  })
  children.push(child)
  const [answer] = (await once(child.stdout!, 'data')) as [Buffer]
  return answer.toString().trim()
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
