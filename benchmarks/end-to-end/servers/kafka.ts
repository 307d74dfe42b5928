import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isOfRocketmq, type Workload } from '../workloads.ts'
import { firstLineOf } from './apache-libraries.ts'
import { listens } from './listens.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { ServerProcess } from './server-process.ts'

const run = promisify(execFile)

const host = '127.0.0.1'
/** Below those that the system takes for outgoing connections: one that looks often enough whether a port listens finds itself there. */
const port = 29_092
const controllerPort = 29_093
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000
const lookEveryMs = 5
const version = '4.1.0'
/** Any 16 bytes in base64. */
const clusterId = 'Y29tZXRtcS1iZW5jaG1hcg'

/** Kafka as one process, broker and controller (KRaft), from its Maven packages. */
export const kafka: ServerKind = {
  name: 'kafka',
  protocol: 'kafka',
  ports: [port, controllerPort],
  cannot: whyNot,
  async missing() {
    if ((await firstLineOf('java', ['-version'])) === '') return 'java (17 or newer) is not installed'
    if (existsSync(`${libraries()}/.complete`)) return undefined
    return (await firstLineOf('mvn', ['-v'])) === ''
      ? 'Maven is not installed, and Kafka is not in the cache'
      : undefined
  },
  async prepare() {
    if (existsSync(`${libraries()}/.complete`)) return
    mkdirSync(libraries(), { recursive: true })
    const pom = fileURLToPath(new URL('kafka-pom.xml', import.meta.url))
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${libraries()}`]
    await run('mvn', ['-q', '-B', '-f', pom, `-Dkafka.version=${version}`, ...goal])
    writeFileSync(`${libraries()}/.complete`, '')
  },
  async versions() {
    return { Kafka: version, java: await firstLineOf('java', ['-version']) }
  },
  start(options) {
    return new KafkaServer(options)
  },
}

function whyNot(workload: Workload): string | undefined {
  if (workload.kind === 'catch-up' || workload.kind === 'recovery') return 'only its sends and its reads are measured'
  return isOfRocketmq(workload) ? 'this is of RocketMQ' : undefined
}

class KafkaServer implements RunningServer {
  readonly host = host
  readonly brokerPort: number
  readonly settings: readonly string[]
  readonly ready: Promise<number>
  readonly #options: StartOptions
  /** Formatting its directory comes before and once, and is no part of a start. */
  startedAtMs = performance.now()
  #server: ServerProcess | undefined
  #stopping = false

  constructor(options: StartOptions) {
    this.#options = options
    this.brokerPort = port + options.portOffset
    const own = propertiesOf(options)
    this.settings = [`-Xms${options.heap} -Xmx${options.heap} -XX:+UseG1GC`, 'acks=1', ...own]
    this.ready = this.#start(own)
  }

  pids(): number[] {
    return this.#server?.pids() ?? []
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#server?.stop()
  }

  async kill(): Promise<void> {
    this.#stopping = true
    await this.#server?.kill()
  }

  async #start(properties: readonly string[]): Promise<number> {
    const { directory, heap } = this.#options
    const config = `${directory}/server.properties`
    writeFileSync(config, `${properties.join('\n')}\n`)
    const classPath = ['-cp', `${libraries()}/*`]
    if (!existsSync(`${directory}/log/meta.properties`)) {
      const format = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId, '-c', config]
      await run('java', [...classPath, ...format])
    }
    if (this.#stopping) throw new Error('stopped while starting')
    this.startedAtMs = performance.now()
    const memory = ['-server', '-XX:+UseG1GC', `-Xms${heap}`, `-Xmx${heap}`]
    this.#server = new ServerProcess('Kafka', 'java', [...memory, ...classPath, 'kafka.Kafka', config], {})
    return this.#whenListens(this.#server)
  }

  /** It opens its port when it serves. */
  async #whenListens(server: ServerProcess): Promise<number> {
    const deadlineMs = performance.now() + readyWithinMs
    while (!(await listens(host, this.brokerPort))) {
      if (this.#stopping) throw new Error('stopped while starting')
      if (performance.now() > deadlineMs || server.pids().length === 0)
        return server.whenSays(/never: its last output tells why it does not listen/, 1)
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
    return performance.now()
  }
}

function propertiesOf({ directory, flush, portOffset }: StartOptions): string[] {
  const addresses = `PLAINTEXT://${host}:${port + portOffset},CONTROLLER://${host}:${controllerPort + portOffset}`
  // By itself it leaves flushing to the system.
  const flushes = flush === 'sync' ? ['interval.messages=1'] : ['interval.ms=500', 'scheduler.interval.ms=500']
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `listeners=${addresses}`,
    `advertised.listeners=${addresses}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `controller.quorum.bootstrap.servers=${host}:${controllerPort + portOffset}`,
    `log.dirs=${directory}/log`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'auto.create.topics.enable=false',
    ...flushes.map((setting) => `log.flush.${setting}`),
  ]
}

function libraries(): string {
  const cache = process.env.COMETMQ_REFERENCE_CACHE ?? `${homedir()}/.cache/cometmq-reference`
  return `${cache}/kafka-${version}/lib`
}
