import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const readyWithinMs = 20_000
/** They take 20 s. */
const commandTestsMs = 300_000

/**
 * Packs the packages, installs them into an empty folder as a user would, and there starts a broker, sends a message, reads it back, compiles a program
 * against the declarations, and runs the tests of the command against the installed one. Throws when something does not work.
 */
export async function checkInstallation(packages: readonly string[], root: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cometmq-build-'))
  try {
    install(packages, folder)
    checkTypes(folder, root)
    await checkCommands(folder)
    runCommandTests(folder, root)
    console.log('checked: the packed packages install, type-check, carry a message, and pass the tests of the command')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function install(packages: readonly string[], folder: string): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'check', private: true, type: 'module' }))
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, ...packages], {
    encoding: 'utf8',
  })
  const tarballs = packed
    .trim()
    .split('\n')
    .map((name) => `./${name}`)
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...tarballs], {
    cwd: folder,
    stdio: 'inherit',
  })
}

function checkTypes(folder: string, root: string): void {
  writeFileSync(
    join(folder, 'program.ts'),
    `import { Broker } from '@cometmq/broker'
import { NameServer } from '@cometmq/namesrv'
import { nodeClock } from '@cometmq/platform/node'
import { sendMessageV2, type SendMessageV2Request } from '@cometmq/protocol/commands'
import { main } from 'cometmq'
const request: SendMessageV2Request['topic'] = 'T'
const code: number = sendMessageV2.code + nodeClock.now()
// @ts-expect-error the declarations must say more than any
const wrong: string = sendMessageV2.code
const run: (args: string[]) => Promise<void> = main
export { Broker, code, NameServer, request, run, wrong }
`,
  )
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(folder, 'node_modules', '@types', 'node'))
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
    '--types',
    'node',
  ]
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), [...options, 'program.ts'], { cwd: folder, stdio: 'inherit' })
}

async function checkCommands(folder: string): Promise<void> {
  const environment = { ...process.env, PATH: pathWithoutWorkspace() }
  const cometmq = (...args: string[]) =>
    execFileSync('npx', ['cometmq', ...args], { cwd: folder, env: environment, encoding: 'utf8' })
  console.log(`installed: cometmq ${cometmq('--version').trim()}`)
  const server = spawn(
    join(folder, 'node_modules', '.bin', 'cometmq'),
    ['standalone', '--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0', '--json'],
    { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const exited = new Promise<number | null>((resolve) => server.once('exit', resolve))
  try {
    const nameServer = await readyLine(server)
    const body = 'through the published packages'
    cometmq('send', 'Check', body, '--namesrv', nameServer)
    const received = JSON.parse(cometmq('tail', 'Check', '--namesrv', nameServer, '--count', '1', '--json')) as {
      body: string
    }
    if (received.body !== body) throw new Error(`sent "${body}", received "${received.body}"`)
  } finally {
    server.kill('SIGTERM')
  }
  const code = await exited
  if (code !== 0) throw new Error(`the server ended with ${code} after SIGTERM`)
}

/** Servers, shards, files and signals: what was bundled is to behave as the sources do. */
function runCommandTests(folder: string, root: string): void {
  const bin = join(folder, 'node_modules', 'cometmq', 'bin', 'cometmq.js')
  execFileSync(process.execPath, ['--test', '--test-reporter=dot', 'packages/cli/test/*.test.ts'], {
    cwd: root,
    env: { ...process.env, COMETMQ_TEST_BIN: bin },
    stdio: 'inherit',
    timeout: commandTestsMs,
  })
}

/** Without the checkout's commands: a user has none of them. */
function pathWithoutWorkspace(): string {
  return (process.env.PATH ?? '')
    .split(':')
    .filter((path) => !path.includes('node_modules'))
    .join(':')
}

function readyLine(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`the server was not ready within ${readyWithinMs} ms`)),
      readyWithinMs,
    )
    server.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)))
    createInterface({ input: server.stdout! }).once('line', (line) => {
      clearTimeout(late)
      resolve((JSON.parse(line) as { nameServer: string }).nameServer)
    })
  })
}
