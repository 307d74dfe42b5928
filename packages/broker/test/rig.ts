import { NameServer } from '@cometmq/namesrv'
import { type Clock, type FileSystem, formatAddress, type Logger, type Network, NetworkError } from '@cometmq/platform'
import type { Processor } from '@cometmq/remoting'
import { storeOptions } from '@cometmq/store'
import { MemoryFileSystem, SeededRandom, SimulatedClock, SimulatedNetwork } from '@cometmq/testkit/sim'
import * as v from 'valibot'
import { Broker, type BrokerOptionsInput, brokerOptions } from '../src/index.ts'
import { TestClient } from './test-client.ts'

export const brokerAddress = { host: '10.0.0.1', port: 10_911 }
export const configDirectory = '/data/store/config'

export interface LogLine {
  level: 'info' | 'warn' | 'error'
  fields: Record<string, unknown>
  message: string
}

export interface RigOptions {
  seed?: number
  files?: FileSystem
  /** One way. */
  latencyMs?: { min: number; max: number }
  /** The time of day at the start. */
  epochMs?: number
}

const smallFiles = { mappedFileSizeCommitLog: 1024 * 1024, mappedFileSizeConsumeQueue: 2_000 }

/** A simulated machine room: one clock, one network, a disk that outlives the brokers that are started on it. */
export class Rig implements AsyncDisposable {
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly network: SimulatedNetwork
  files: FileSystem
  /** What brokers logged at info and above. */
  readonly logged: LogLine[] = []
  readonly #closers: (() => Promise<unknown>)[] = []
  readonly #processes = new Map<Broker, Process>()

  constructor({ seed = 1, files, latencyMs, epochMs }: RigOptions = {}) {
    this.clock = new SimulatedClock(epochMs)
    this.random = new SeededRandom(seed)
    this.network = new SimulatedNetwork({ clock: this.clock, random: this.random, ...(latencyMs && { latencyMs }) })
    this.files = files ?? new MemoryFileSystem({ clock: this.clock })
  }

  async broker(
    options: Partial<BrokerOptionsInput> = {},
    store: Record<string, unknown> = {},
    host: string = brokerAddress.host,
  ): Promise<Broker> {
    const process = new Process(this.clock, this.network.host(host))
    const broker = await this.clock.until(
      Broker.start(
        {
          broker: v.parse(brokerOptions, { advertiseHost: host, configDirectory, ...options }),
          store: v.parse(storeOptions, {
            storePathRootDir: '/data/store',
            storeHost: { host, port: brokerAddress.port },
            ...smallFiles,
            ...store,
          }),
        },
        {
          clock: process.clock,
          network: process.network,
          random: this.random,
          files: this.files,
          logger: loggerInto(this.logged),
          pid: 4242,
        },
      ),
    )
    this.#processes.set(broker, process)
    this.#closers.push(() => (process.isDead ? Promise.resolve() : broker.close()))
    return broker
  }

  /** Closes a broker as SIGTERM does. */
  async stop(broker: Broker): Promise<void> {
    await this.clock.until(broker.close())
    await this.clock.advance(20)
  }

  /** Ends a broker as `kill -9` does; clients notice. Its files stay as they are; the test says what becomes of them. */
  async kill(broker: Broker): Promise<void> {
    this.#processes.get(broker)!.kill()
    this.network.host(broker.advertised.host).kill()
    await this.clock.advance(20)
  }

  /** A client on a host of its own. */
  client(host = '10.0.0.2', clientId = `${host}@1`, processors: readonly Processor[] = []): TestClient {
    const client = new TestClient(this.clock, clientId, brokerAddress, this.network.host(host), processors)
    this.#closers.push(() => client.remoting.close())
    return client
  }

  async nameServer(host: string): Promise<NameServer> {
    const paths = { kvConfigPath: '/kvConfig.json', configStorePath: '/namesrv.properties' }
    const world = {
      clock: this.clock,
      network: this.network.host(host),
      files: new MemoryFileSystem(),
      logger: loggerInto([]),
    }
    const nameServer = new NameServer(paths, world)
    await this.clock.until(nameServer.start())
    this.#closers.push(() => nameServer.close())
    return nameServer
  }

  /** What the logs say at this level. */
  messages(level: LogLine['level']): string[] {
    return this.logged.filter((line) => line.level === level).map((line) => line.message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await this.clock.until(close())
  }
}

/** What a broker's process has of the machine: killed, it hears of nothing and reaches nobody. */
class Process {
  readonly clock: Clock
  readonly network: Network
  isDead = false

  constructor(clock: SimulatedClock, network: Network) {
    const alive = (task: () => void) => () => {
      if (!this.isDead) task()
    }
    this.clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, task) => clock.after(delayMs, alive(task)),
      every: (periodMs, task) => clock.every(periodMs, alive(task)),
      endOfTick: (task) => clock.endOfTick(alive(task)),
    }
    this.network = {
      listen: (address, accept) => network.listen(address, accept),
      connect: (address, options) =>
        this.isDead
          ? Promise.reject(new NetworkError(`cannot connect to ${formatAddress(address)}: killed`, 'ESHUTDOWN'))
          : network.connect(address, options),
    }
  }

  kill(): void {
    this.isDead = true
  }
}

function loggerInto(lines: LogLine[]): Logger {
  const write = (level: LogLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields: fields as Record<string, unknown>, message })
  const logger: Logger = {
    debug() {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  }
  return logger
}
