import module from 'node:module'
import { networkInterfaces, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Terminal } from './terminal.ts'
import type { World } from './world.ts'

/**
 * A terminal's Ctrl-C reaches every process of its group, and npm and our own launcher pass it on as well. What comes again so soon is an echo and not
 * an impatient second signal.
 */
const signalEchoMs = 300
const holdPeriodMs = 3_600_000
/** Set for a process that another one of ours watches over, which alone decides when to be impatient. */
const supervisedMark = 'COMETMQ_SUPERVISED'
/** What ends a child with its parent: see `endWithLauncher` in the launcher. */
const launchedMark = 'COMETMQ_LAUNCHED'

const launcher = fileURLToPath(new URL('../bin/cometmq.js', import.meta.url))

/** `cometmq` with its arguments. Sets the process's exit code; a second signal ends the process at once. */
export async function main(args: readonly string[]): Promise<void> {
  module.enableCompileCache?.()
  silenceKnownWarnings()
  const terminal = processTerminal()
  // What a command needs is loaded when it runs: the compile cache has to be on by then, and `--help` needs little.
  const { program } = await import('./program.ts')
  // The clock's timers do not keep a process, so a command that only waits would be gone without a word.
  const hold = setInterval(() => {}, holdPeriodMs)
  process.exitCode = await program(args, terminal, nodeWorld)
  clearInterval(hold)
  // Whatever else is left, a socket of a server that did not start say, must not keep the process either.
  process.exit()
}

function processTerminal(): Terminal {
  const stopping = new AbortController()
  let stoppedAtMs = 0
  const isSupervised = process.env[supervisedMark] !== undefined
  const isImpatient = () => !isSupervised && performance.now() - stoppedAtMs > signalEchoMs
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted && isImpatient()) process.exit(1)
      if (!stopping.signal.aborted) stoppedAtMs = performance.now()
      stopping.abort()
    })
  }
  // `cometmq tail T | head` closes the pipe when it has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    remark: (line) => void process.stderr.write(`${line}\n`),
    progress: (line) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line ?? ''}`)
    },
    stop: stopping.signal,
  }
}

async function nodeWorld(): Promise<World> {
  const {
    nodeClock,
    nodeFileSystem,
    nodeFileThreads,
    nodeLoopBusyMs,
    nodeNetwork,
    nodeProcesses,
    nodeRandom,
    pinoLogger,
  } = await import('@cometmq/platform/node')
  return {
    clock: nodeClock,
    random: nodeRandom,
    files: nodeFileSystem,
    network: nodeNetwork,
    pid: process.pid,
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
    loopBusyMs: nodeLoopBusyMs,
    fileThreads: nodeFileThreads(),
    processes: nodeProcesses(launcher, { [launchedMark]: '1', [supervisedMark]: '1' }),
    hostAddresses,
    logger: pinoLogger,
  }
}

/** IPv4 before IPv6; addresses that only work on one link are of no use to others. */
function hostAddresses(): string[] {
  const outward = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
  const inOrder = [
    ...outward.filter(({ family }) => family === 'IPv4'),
    ...outward.filter(({ family }) => family === 'IPv6'),
  ]
  return inOrder.map(({ address }) => address)
}

/** Node says on first use that its SQLite may still change. We use it to lock one file, and pin the version of Node. */
function silenceKnownWarnings(): void {
  const printers = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning') return
    for (const print of printers) print(warning)
  })
}

if (import.meta.main) await main(process.argv.slice(2))
