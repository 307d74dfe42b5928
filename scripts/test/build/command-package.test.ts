import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { makeCommandPackage, noticesFile } from '../../build/command-package.ts'

const root = join(import.meta.dirname, '../../..')
const node = promisify(execFile)
/** Nothing above it has packages: what runs there has all that it needs. */
const folder = mkdtempSync(join(tmpdir(), 'cometmq-command-'))
const target = join(folder, 'cometmq')
const bin = join(target, 'bin', 'cometmq.js')
const chunks = () => readdirSync(join(target, 'dist')).filter((name) => name.endsWith('.js'))

before(() => makeCommandPackage(root, target))
after(() => rmSync(folder, { recursive: true, force: true }))

test('the command runs without any other package, and knows its version', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as { version: string }
  const { stdout } = await node(process.execPath, [bin, '--version'])
  assert.equal(stdout.trim(), version)
  const json = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as { dependencies?: object }
  assert.equal(json.dependencies, undefined)
})

test('each of its files can be loaded', async () => {
  const urls = chunks().map((name) => pathToFileURL(join(target, 'dist', name)).href)
  const program = `for (const url of ${JSON.stringify(urls)}) await import(url)`
  await node(process.execPath, ['--input-type=module', '-e', program])
})

test('a server is ready with few files, and what is seldom used is in others', async () => {
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => (url.startsWith('file:') && console.log(url), next(url, context)) })`
  const loaded = async (...args: string[]) => {
    const hooks = `data:text/javascript,${encodeURIComponent(program)}`
    const running = node(process.execPath, ['--import', hooks, bin, ...args])
    running.child.stdout!.on('data', (text: string) => text.includes('ready in') && running.child.kill('SIGTERM'))
    const { stdout } = await running
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('file:'))
      .map((url) => url.slice(url.lastIndexOf('/') + 1))
  }
  const help = await loaded('--help')
  assert.ok(help.includes('program.js') && !help.includes('servers.js'), `--help loads ${help}`)
  const ports = ['--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0']
  const server = await loaded('standalone', '--data', join(folder, 'data'), ...ports)
  assert.ok(server.includes('servers.js') && server.length <= 10, `a server loads ${server}`)
  assert.ok(chunks().length > server.length)
})

test('V8 keeps it with one byte for each character', () => {
  for (const name of chunks())
    assert.doesNotMatch(readFileSync(join(target, 'dist', name), 'latin1'), /[^\0-\x7f]/, name)
})

test('a stack leads to the sources when one debugs', async () => {
  const args = ['namesrv', '--config', '/nowhere']
  const stack = async (...more: string[]) => {
    const { stderr } = await node(process.execPath, [bin, ...args, ...more]).catch(
      (error) => error as { stderr: string },
    )
    return stderr
  }
  assert.match(await stack('--log-level', 'debug'), /cometmq:\/packages\/cli\/src\/config\/[a-z-]+\.ts:\d+/)
  assert.match(await stack(), /there is no such file/)
})

test('the licences of others are in it', () => {
  const notices = readFileSync(join(target, noticesFile), 'utf8')
  for (const name of ['chevrotain', 'commander', 'pino', 'valibot'])
    assert.match(notices, new RegExp(`^${name} \\d`, 'm'))
})

test('a folder with something in it is left alone', async () => {
  await assert.rejects(makeCommandPackage(root, target), /cometmq is not empty: remove what is there/)
})
