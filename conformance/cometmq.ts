import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Processes, type Running, terminate } from './processes.ts'
import {
  assertFree,
  type BrokerOptions,
  type NameServerOptions,
  type RunningPart,
  type RunningServer,
  type ServerOptions,
  type ServerProgram,
} from './servers.ts'

const main = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'cometmq.js')
const startTimeoutMs = 120_000
const stopPatienceMs = 60_000

/** CometMQ, run from source by the Node that runs the rig. */
export function cometmqProgram(processes: Processes): ServerProgram {
  return {
    kind: 'cometmq',
    start: (options) => start(processes, options),
    startNameServer: (options) => startNameServer(processes, options),
    startBroker: (options) => startBroker(processes, options),
  }
}

async function start(processes: Processes, options: ServerOptions): Promise<RunningServer> {
  const { directory, namesrvPort, brokerPort, properties, advertise } = options
  await assertFree([namesrvPort, brokerPort])
  const started = Date.now()
  const server = await launched(processes, 'standalone', directory, properties, [
    ...['--listen', advertise === undefined ? '127.0.0.1' : '::', '--advertise', advertise ?? '127.0.0.1'],
    ...['--namesrv-port', String(namesrvPort), '--broker-port', String(brokerPort)],
  ])
  return {
    namesrv: `127.0.0.1:${namesrvPort}`,
    startupMs: Date.now() - started,
    stop: () => terminate(server, stopPatienceMs),
    kill: () => kill(server),
  }
}

async function startNameServer(processes: Processes, options: NameServerOptions): Promise<RunningPart> {
  const { directory, port, properties } = options
  await assertFree([port])
  const listening = ['--listen', '127.0.0.1', '--namesrv-port', String(port)]
  const server = await launched(processes, 'namesrv', directory, properties, listening)
  return { kill: () => kill(server) }
}

async function startBroker(processes: Processes, options: BrokerOptions): Promise<RunningPart> {
  const { directory, name, port, namesrv, properties } = options
  await assertFree([port])
  const server = await launched(processes, 'broker', directory, { ...properties, brokerName: name }, [
    ...['--listen', '127.0.0.1', '--advertise', '127.0.0.1', '--broker-port', String(port), '--namesrv', namesrv],
  ])
  return { kill: () => kill(server) }
}

/** Starts a process and waits until it says `ready`; one that does not in time is killed. */
async function launched(
  processes: Processes,
  command: string,
  directory: string,
  properties: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Running> {
  mkdirSync(join(directory, 'logs'), { recursive: true })
  const config = join(directory, 'cometmq.conf')
  writeFileSync(
    config,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const log = join(directory, 'logs', 'cometmq.out')
  let announce: () => void = () => {}
  const ready = new Promise<void>((resolve) => {
    announce = resolve
  })
  const server = processes.start(process.execPath, [main, command, '--data', directory, ...args, '--config', config], {
    stderrFile: log,
    onLine: (line) => {
      if (/\bready\b/.test(line)) announce()
    },
  })
  const ended = server.exited.then((code) => {
    throw new Error(`cometmq ${command} ended with ${code} before it was ready; see ${log}`)
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`cometmq ${command} has not said "ready" after ${startTimeoutMs} ms; see ${log}`)),
      startTimeoutMs,
    )
  })
  ended.catch(() => {})
  try {
    await Promise.race([ready, ended, late])
    return server
  } catch (failure) {
    // What did not come up in time must not hold the ports of the next try.
    await kill(server)
    throw failure
  } finally {
    clearTimeout(timer)
  }
}

async function kill(server: Running): Promise<void> {
  server.child.kill('SIGKILL')
  await server.exited
}
