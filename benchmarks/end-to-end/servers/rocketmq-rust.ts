import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { promisify } from 'node:util'
import { firstLineOf } from './apache-libraries.ts'
import { startNameServer } from './cometmq.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { ServerProcess } from './server-process.ts'

const run = promisify(execFile)

const host = '127.0.0.1'
const namesrvPort = 27_876
/** The broker also takes the port two below (its VIP port). */
const brokerPort = 27_911
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000
const version = '1.0.0'
const crate = 'rocketmq-broker'
const program = 'rocketmq-broker-rust'

/** The broker of rocketmq-rust, built from its crate, with CometMQ's NameServer: without one it does not start. */
export const rocketmqRust: ServerKind = {
  name: 'rocketmq-rust',
  protocol: 'rocketmq',
  ports: [namesrvPort, brokerPort - 2, brokerPort],
  cannot: () => undefined,
  async missing() {
    if (existsSync(binary())) return undefined
    return (await firstLineOf('cargo', ['--version'])) === ''
      ? 'cargo (Rust 1.95 or newer) is not installed, and rocketmq-rust is not in the cache'
      : undefined
  },
  /** On two cores this takes half an hour, once. */
  async prepare() {
    if (existsSync(binary())) return
    mkdirSync(directoryInCache(), { recursive: true })
    const args = ['install', '--locked', crate, '--version', version, '--root', directoryInCache()]
    await run('cargo', args, { maxBuffer: Number.POSITIVE_INFINITY })
  },
  async versions() {
    return { 'rocketmq-rust': version }
  },
  start(options) {
    return new RocketmqRustServer(options)
  },
}

class RocketmqRustServer implements RunningServer {
  readonly host = host
  readonly brokerPort: number
  readonly namesrvPort: number
  readonly settings: readonly string[]
  readonly ready: Promise<number>
  startedAtMs = performance.now()
  readonly #options: StartOptions
  readonly #namesrv: ServerProcess
  #broker: ServerProcess | undefined
  #stopping = false

  constructor(options: StartOptions) {
    this.#options = options
    this.brokerPort = brokerPort + options.portOffset
    this.namesrvPort = namesrvPort + options.portOffset
    this.settings = propertiesOf(options)
    this.#namesrv = startNameServer(options.directory, this.namesrvPort)
    this.ready = this.#start()
  }

  /** Without the NameServer, which is not of the rival's. */
  pids(): number[] {
    return this.#broker?.pids() ?? []
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#broker?.stop()
    await this.#namesrv.stop()
  }

  async kill(): Promise<void> {
    this.#stopping = true
    await this.#broker?.kill()
    await this.#namesrv.kill()
  }

  async #start(): Promise<number> {
    const { directory } = this.#options
    await this.#namesrv.whenSays(/\bready\b/, readyWithinMs)
    if (this.#stopping) throw new Error('stopped while starting')
    const config = `${directory}/broker.conf`
    writeFileSync(config, `${this.settings.join('\n')}\n`)
    this.startedAtMs = performance.now()
    const environment = { HOME: directory, ROCKETMQ_HOME: directory }
    this.#broker = new ServerProcess('rocketmq-rust', binary(), ['-c', config], environment)
    return this.#broker.whenSays(/started successfully/, readyWithinMs)
  }
}

function propertiesOf({ directory, flush, portOffset }: StartOptions): string[] {
  return [
    'brokerClusterName=DefaultCluster',
    'brokerName=broker-a',
    'brokerId=0',
    `brokerIP1=${host}`,
    `listenPort=${brokerPort + portOffset}`,
    `namesrvAddr=${host}:${namesrvPort + portOffset}`,
    `storePathRootDir=${directory}/store`,
    `storePathCommitLog=${directory}/store/commitlog`,
    'autoCreateTopicEnable=true',
    `flushDiskType=${flush === 'sync' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'}`,
    'brokerRole=ASYNC_MASTER',
  ]
}

function binary(): string {
  return `${directoryInCache()}/bin/${program}`
}

function directoryInCache(): string {
  const cache = process.env.COMETMQ_REFERENCE_CACHE ?? `${homedir()}/.cache/cometmq-reference`
  return `${cache}/rocketmq-rust-${version}`
}
