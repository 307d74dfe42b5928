import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { withDescendants } from '../process-figures.ts'
import { isOfRocketmq, type Workload } from '../workloads.ts'
import { firstLineOf } from './apache-libraries.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { killAll, ServerProcess } from './server-process.ts'

const host = '127.0.0.1'
/** Below those that the system takes for outgoing connections, as in `kafka.ts`. */
const port = 25_670
/** Erlang's distribution, which nobody uses here, and its port mapper. */
const distributionPort = 25_671
const portMapperPort = 25_672
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000
/** Where the packages of distributions, and the makers' own, put it. */
const places = ['/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server', '/opt/rabbitmq*/sbin/rabbitmq-server']

/** RabbitMQ with publisher confirms, as the system's package manager installs it. */
export const rabbitmq: ServerKind = {
  name: 'rabbitmq',
  protocol: 'amqp',
  ports: [port, distributionPort, portMapperPort],
  cannot: whyNot,
  async missing() {
    if (program() === undefined) return 'rabbitmq-server is not installed'
    return (await firstLineOf('epmd', ['-help'])) === '' && !existsSync('/usr/bin/epmd')
      ? 'epmd, a part of Erlang, is not installed'
      : undefined
  },
  async prepare() {},
  async versions() {
    return { RabbitMQ: /rabbitmq_server-([^/]+)/.exec(program() ?? '')?.[1] ?? 'of this system' }
  },
  start(options) {
    return new RabbitmqServer(options)
  },
}

function whyNot(workload: Workload): string | undefined {
  if (workload.kind === 'start-up' || workload.kind === 'limits') return undefined
  return workload.kind === 'send' && !isOfRocketmq(workload) ? undefined : 'only its sends are measured'
}

function program(): string | undefined {
  return places
    .flatMap((place) => globSync(place))
    .sort()
    .at(-1)
}

class RabbitmqServer implements RunningServer {
  readonly host = host
  readonly brokerPort: number
  /** A stream confirms what the page cache has; a quorum queue what is on the disk. */
  readonly queueType: string
  readonly startedAtMs = performance.now()
  readonly settings: readonly string[]
  readonly ready: Promise<number>
  readonly #portMapper: ServerProcess
  readonly #server: ServerProcess

  constructor({ directory, flush, portOffset }: StartOptions) {
    this.brokerPort = port + portOffset
    this.queueType = flush === 'sync' ? 'quorum' : 'stream'
    this.settings = [
      `x-queue-type: ${this.queueType}, durable, delivery mode 2, publisher confirms`,
      'else its defaults',
    ]
    for (const name of ['home', 'log', 'data']) mkdirSync(`${directory}/${name}`, { recursive: true })
    writeFileSync(`${directory}/enabled_plugins`, '[].\n')
    writeFileSync(`${directory}/rabbitmq.conf`, `listeners.tcp.1 = ${host}:${this.brokerPort}\n`)
    const mapper = String(portMapperPort + portOffset)
    this.#portMapper = new ServerProcess('epmd', 'epmd', ['-address', host, '-port', mapper], {})
    this.#server = new ServerProcess('RabbitMQ', program() ?? 'rabbitmq-server', [], {
      HOME: `${directory}/home`,
      RABBITMQ_NODENAME: `bench${this.brokerPort}@localhost`,
      RABBITMQ_CONFIG_FILE: `${directory}/rabbitmq.conf`,
      RABBITMQ_MNESIA_BASE: `${directory}/data`,
      RABBITMQ_LOG_BASE: `${directory}/log`,
      RABBITMQ_ENABLED_PLUGINS_FILE: `${directory}/enabled_plugins`,
      RABBITMQ_DIST_PORT: String(distributionPort + portOffset),
      ERL_EPMD_PORT: mapper,
    })
    this.ready = this.#server.whenSays(/completed with \d+ plugins/, readyWithinMs)
  }

  pids(): number[] {
    return withDescendants([...this.#server.pids(), ...this.#portMapper.pids()])
  }

  /** Its script passes the signal on, and ends when the server has. */
  async stop(): Promise<void> {
    await this.#server.stop()
    await this.#portMapper.stop()
  }

  async kill(): Promise<void> {
    const descendants = this.pids()
    await Promise.all([this.#server.kill(), this.#portMapper.kill()])
    await killAll(descendants)
  }
}
