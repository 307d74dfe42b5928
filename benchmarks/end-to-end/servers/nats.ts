import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { promisify } from 'node:util'
import { isOfRocketmq, type Workload } from '../workloads.ts'
import { firstLineOf } from './apache-libraries.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { ServerProcess } from './server-process.ts'

const run = promisify(execFile)

const host = '127.0.0.1'
const port = 44_222
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000
const version = 'v2.15.2'
const goModule = 'github.com/nats-io/nats-server/v2'

/** NATS with JetStream, file storage, one replica; built once from its Go module into the cache outside the tree. */
export const nats: ServerKind = {
  name: 'nats',
  protocol: 'nats',
  ports: [port],
  cannot: whyNot,
  async missing() {
    if (existsSync(binary())) return undefined
    return (await firstLineOf('go', ['version'])) === ''
      ? 'Go is not installed, and NATS is not in the cache'
      : undefined
  },
  async prepare() {
    if (existsSync(binary())) return
    mkdirSync(binaryDirectory(), { recursive: true })
    await run('go', ['install', `${goModule}@${version}`], { env: { ...process.env, GOBIN: binaryDirectory() } })
  },
  async versions() {
    return { NATS: await firstLineOf(binary(), ['--version']) }
  },
  start(options) {
    return startNats(options)
  },
}

function whyNot(workload: Workload): string | undefined {
  const { kind, name } = workload
  if (/^batch-/.test(name)) return 'its clients do not send batches'
  if (isOfRocketmq(workload)) return 'this is of RocketMQ'
  if (kind === 'read') return 'its consumers do not read again and again: see catch-up and fan'
  if (kind === 'recovery') return 'what it must have recovered is not asked for here'
  return undefined
}

function startNats({ directory, flush, portOffset }: StartOptions): RunningServer {
  // Apache and CometMQ flush every 500 ms when they flush asynchronously; by itself NATS would do so every 2 minutes.
  const syncInterval = flush === 'sync' ? 'always' : '"500ms"'
  const settings = ['max_mem: 256MB', 'max_file: 1TB', `sync_interval: ${syncInterval}`]
  const jetstream = [`store_dir: "${directory}/jetstream"`, ...settings].map((line) => `  ${line}`)
  const lines = [`listen: "${host}:${port + portOffset}"`, 'server_name: bench', 'jetstream {', ...jetstream, '}']
  writeFileSync(`${directory}/nats.conf`, `${lines.join('\n')}\n`)
  const child = new ServerProcess('NATS', binary(), ['-c', `${directory}/nats.conf`], {})
  return {
    host,
    brokerPort: port + portOffset,
    startedAtMs: performance.now(),
    ready: child.whenSays(/Server is ready/, readyWithinMs),
    settings: ['storage: file, num_replicas: 1, a stream for each topic', ...settings],
    pids: () => child.pids(),
    stop: () => child.stop(),
    kill: () => child.kill(),
  }
}

function binary(): string {
  return `${binaryDirectory()}/nats-server`
}

function binaryDirectory(): string {
  const cache = process.env.COMETMQ_REFERENCE_CACHE ?? `${homedir()}/.cache/cometmq-reference`
  return `${cache}/nats-${version}/bin`
}
