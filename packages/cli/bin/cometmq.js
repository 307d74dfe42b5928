#!/usr/bin/env node
// Plain JavaScript for any Node from 18 on: it finds a Node that can run CometMQ, and starts it there.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The first Node that runs TypeScript by stripping its types. */
const oldestNode = [22, 18]
/** How often to look whether the shell is still there through which npm started us. */
const npmWatchMs = 250
/** A start takes less, on a slow machine too. */
const startupMs = 3_000
/** Threads that read and write files: the log must find one while old messages are read. Node has four, which are busy with one consumer that is behind. */
const fileThreads = 12
/** Tells the new process that this one waits for it over the channel between the two. */
const launchedMark = 'COMETMQ_LAUNCHED'

const self = fileURLToPath(import.meta.url)

endWithNpm()
if (isNewEnough(process.versions.node)) await run()
else await handOver()

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
}

async function run() {
  endWithLauncher()
  const { tuneCollector } = await import('./tune-collector.js')
  tuneCollector(startupMs)
  // Before the first of them is needed.
  process.env.UV_THREADPOOL_SIZE ??= String(fileThreads)
  const { enableCompileCache } = await import('node:module')
  enableCompileCache?.()
  const { main } = await import(program())
  await main(process.argv.slice(2))
}

/** The sources in the checkout, where there is nothing else; as it is published, the bundle of them. */
function program() {
  const source = new URL('../src/main.ts', import.meta.url)
  if (existsSync(source)) return source
  // Stacks name the sources then. It doubles the time of a start, and costs 20 MB: only for those who look for a bug.
  if (isDebugging(process.argv)) process.setSourceMapsEnabled(true)
  return new URL('../dist/main.js', import.meta.url)
}

function isDebugging(args) {
  return args.includes('--log-level=debug') || args[args.indexOf('--log-level') + 1] === 'debug'
}

/**
 * npm passes SIGTERM on to the shell that it starts commands with, and the shell dies of it without a word to us. Only where npm waits for us, which is
 * `npx` and this checkout's `npm start`: a script that puts a server into the background wants it to stay.
 */
function endWithNpm() {
  const isWaitedFor = process.env.npm_command === 'exec' || process.env.npm_package_name === 'cometmq-workspace'
  if (!isWaitedFor || process.env[launchedMark] !== undefined) return
  const shell = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, npmWatchMs)
  watch.unref()
}

/** A launcher that was killed outright could not pass a signal on; its end closes the channel. */
function endWithLauncher() {
  if (process.env[launchedMark] === undefined || process.channel === undefined) return
  delete process.env[launchedMark]
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}

async function handOver() {
  const node = pinnedNode()
  if (node === undefined) {
    process.stderr.write(
      `cometmq: needs Node ${oldestNode.join('.')} or newer, this is ${process.version}. ` +
        `Install a newer Node (https://nodejs.org), or on Linux the package node-${process.platform}-${process.arch} beside cometmq: npm install node-${process.platform}-${process.arch}@24\n`,
    )
    process.exit(1)
  }
  const { spawn } = await import('node:child_process')
  const child = spawn(node, [self, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [launchedMark]: '1' },
  })
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.once('error', (error) => {
    process.stderr.write(`cometmq: cannot start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of signals) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

/** The Node that the checkout or the installation has from npm, looked for from here upward. */
function pinnedNode() {
  const inPackage = join('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  for (let folder = dirname(self); ; folder = dirname(folder)) {
    const candidate = join(folder, inPackage)
    if (existsSync(candidate)) return candidate
    if (dirname(folder) === folder) return undefined
  }
}
