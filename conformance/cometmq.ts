import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Processes, terminate } from './processes.ts'
import { assertFree, type RunningServer, type ServerOptions, type ServerProgram } from './servers.ts'

const main = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'cometmq.js')
const startTimeoutMs = 120_000
const stopPatienceMs = 60_000

/** `cometmq standalone`, run from source by the Node that runs the rig. */
export function cometmqProgram(processes: Processes): ServerProgram {
  return { kind: 'cometmq', start: (options) => start(processes, options) }
}

async function start(processes: Processes, options: ServerOptions): Promise<RunningServer> {
  const { directory, namesrvPort, brokerPort, properties } = options
  await assertFree([namesrvPort, brokerPort])
  mkdirSync(join(directory, 'logs'), { recursive: true })
  const config = join(directory, 'broker.conf')
  writeFileSync(
    config,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const log = join(directory, 'logs', 'cometmq.out')
  const started = Date.now()
  let announce: (readyAt: number) => void = () => {}
  const ready = new Promise<number>((resolve) => {
    announce = resolve
  })
  const addresses = [
    '--listen',
    options.advertise === undefined ? '127.0.0.1' : '::',
    '--advertise',
    options.advertise ?? '127.0.0.1',
    '--namesrv-port',
    String(namesrvPort),
    '--broker-port',
    String(brokerPort),
  ]
  const server = processes.start(
    process.execPath,
    [main, 'standalone', '--data', directory, ...addresses, '--config', config],
    {
      stderrFile: log,
      onLine: (line) => {
        if (/\bready\b/.test(line)) announce(Date.now())
      },
    },
  )
  const ended = server.exited.then((code) => {
    throw new Error(`cometmq standalone ended with ${code} before it was ready; see ${log}`)
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`cometmq standalone has not said "ready" after ${startTimeoutMs} ms; see ${log}`)),
      startTimeoutMs,
    )
  })
  ended.catch(() => {})
  const kill = async () => {
    server.child.kill('SIGKILL')
    await server.exited
  }
  try {
    const readyAt = await Promise.race([ready, ended, late])
    const stop = () => terminate(server, stopPatienceMs)
    return { namesrv: `127.0.0.1:${namesrvPort}`, startupMs: readyAt - started, stop, kill }
  } catch (failure) {
    // What did not come up in time must not hold the ports of the next try.
    await kill()
    throw failure
  } finally {
    clearTimeout(timer)
  }
}
