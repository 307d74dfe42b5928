import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bin, CometmqProcess, startServer, temporaryFolder } from './cometmq-process.ts'

/** Makes a Node believe that it is an old one, which is all that the launcher looks at. */
const nodeOptions = [
  '--import',
  `data:text/javascript,${encodeURIComponent("Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })")}`,
]
const args = ['standalone', '--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0']

/** The process that the launcher started. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`on an older Node ${signal} reaches the pinned one, whose exit code is passed on`, async (context) => {
    const data = temporaryFolder(context)
    const launcher = new CometmqProcess(context, [...args, '--data', data], { nodeOptions })
    await launcher.until(({ stdout }) => (stdout.includes('ready in') ? true : undefined))
    const child = childOf(launcher.child.pid!)
    assert.ok(child > 0, 'the server is another process')
    launcher.child.kill(signal)
    assert.equal(await launcher.exited, 0)
    assert.ok(!existsSync(`/proc/${child}`), 'nothing is left running')
    assert.ok(!existsSync(join(data, 'store', 'abort')), 'the store was closed cleanly')
  })
}

test('a launcher that is killed outright leaves no server behind', async (context) => {
  const data = temporaryFolder(context)
  const launcher = new CometmqProcess(context, [...args, '--data', data], { nodeOptions })
  await launcher.until(({ stdout }) => (stdout.includes('ready in') ? true : undefined))
  launcher.child.kill('SIGKILL')
  // `exited` waits for the end of the output too, which the server holds as long as it lives.
  assert.equal(await launcher.exited, 'SIGKILL')
  assert.ok(!existsSync(join(data, 'store', 'abort')), 'the store was closed cleanly')
})

test('a failure of the server is the exit code of the launcher', async (context) => {
  const launcher = new CometmqProcess(context, ['namesrv', '--config', '/nowhere'], { nodeOptions })
  assert.equal(await launcher.exited, 1)
  assert.match(launcher.stderr, /there is no such file/)
})

test('an older Node without the pinned one says what to install', async (context) => {
  const lonely = join(temporaryFolder(context), 'cometmq.mjs')
  copyFileSync(bin, lonely)
  const launcher = new CometmqProcess(context, ['--version'], { nodeOptions, bin: lonely })
  assert.equal(await launcher.exited, 1)
  assert.match(launcher.stderr, /^cometmq: needs Node 22\.18 or newer, this is .*npm install node-/)
})

test('a signal that comes twice at once, as from a terminal through npm, still ends cleanly', async (context) => {
  const server = await startServer(context, 'standalone', ['--data', temporaryFolder(context)])
  server.child.kill('SIGINT')
  server.child.kill('SIGINT')
  assert.equal(await server.exited, 0)
})

for (const [node, options] of Object.entries({ 'a new Node': {}, 'an older Node': { nodeOptions } })) {
  test(`under npx on ${node} the server ends when the shell between the two is gone`, async (context) => {
    const data = temporaryFolder(context)
    const env = { npm_command: 'exec' }
    const shell = new CometmqProcess(context, [...args, '--data', data], { shell: true, env, ...options })
    await shell.until(({ stdout }) => (stdout.includes('ready in') ? true : undefined))
    shell.child.kill('SIGTERM')
    assert.equal(await shell.exited, 'SIGTERM')
    assert.ok(!existsSync(join(data, 'store', 'abort')), 'the store was closed cleanly')
  })
}
