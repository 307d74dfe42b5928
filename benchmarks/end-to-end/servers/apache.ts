import { mkdirSync, writeFileSync } from 'node:fs'
import { apacheLibraries, apacheVersion, firstLineOf, missingForApache } from './apache-libraries.ts'
import { listens } from './listens.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { ServerProcess } from './server-process.ts'

const host = '127.0.0.1'
const namesrvPort = 39_876
/** The broker also takes the port two below (its VIP port) and the one above (replication). */
const brokerPort = 31_911
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000
const namesrvHeap = '256m'

const moduleFlags = [
  ['--add-exports', 'java.base/jdk.internal.ref=ALL-UNNAMED'],
  ['--add-exports', 'java.base/sun.nio.ch=ALL-UNNAMED'],
  ['--add-opens', 'java.base/java.nio=ALL-UNNAMED'],
  ['--add-opens', 'java.base/sun.nio.ch=ALL-UNNAMED'],
  ['--add-opens', 'java.base/java.lang=ALL-UNNAMED'],
].flat()

/** Apache RocketMQ, NameServer and broker, with its default settings, from its Maven packages. */
export const apache: ServerKind = {
  name: 'apache',
  protocol: 'rocketmq',
  ports: [namesrvPort, brokerPort - 2, brokerPort, brokerPort + 1],
  cannot: () => undefined,
  missing: missingForApache,
  async prepare() {
    await apacheLibraries()
  },
  async versions() {
    return { 'Apache RocketMQ': apacheVersion, java: await firstLineOf('java', ['-version']) }
  },
  start(options) {
    return new ApacheServer(options)
  },
}

class ApacheServer implements RunningServer {
  readonly host = host
  readonly brokerPort: number
  readonly namesrvPort: number
  readonly startedAtMs = performance.now()
  readonly ready: Promise<number>
  readonly settings: readonly string[]
  readonly #options: StartOptions
  #namesrv: ServerProcess | undefined
  #broker: ServerProcess | undefined
  #stopping = false

  constructor(options: StartOptions) {
    this.#options = options
    this.brokerPort = brokerPort + options.portOffset
    this.namesrvPort = namesrvPort + options.portOffset
    const brokerProperties = propertiesOfBroker(options)
    this.settings = [`-Xms${options.heap} -Xmx${options.heap} -XX:+UseG1GC`, ...brokerProperties]
    this.ready = this.#start(brokerProperties)
  }

  pids(): number[] {
    return [...(this.#namesrv?.pids() ?? []), ...(this.#broker?.pids() ?? [])]
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#broker?.stop()
    await this.#namesrv?.stop()
  }

  async kill(): Promise<void> {
    this.#stopping = true
    await this.#broker?.kill()
    await this.#namesrv?.kill()
  }

  /** In the order of its manual: the NameServer, and when that listens, the broker. */
  async #start(brokerProperties: readonly string[]): Promise<number> {
    const { directory, heap } = this.#options
    const libraries = await apacheLibraries()
    for (const name of ['conf', 'store']) mkdirSync(`${directory}/${name}`, { recursive: true })
    const namesrvProperties = [
      `listenPort=${this.namesrvPort}`,
      `rocketmqHome=${directory}`,
      `kvConfigPath=${directory}/store/kvConfig.json`,
    ]
    writeFileSync(`${directory}/conf/namesrv.conf`, `${namesrvProperties.join('\n')}\n`)
    writeFileSync(`${directory}/conf/broker.conf`, `${brokerProperties.join('\n')}\n`)
    const java = (name: string, size: string, mainClass: string, config: string) => {
      const home = [`-Duser.home=${directory}`, `-Drocketmq.home.dir=${directory}`]
      const memory = ['-server', '-XX:+UseG1GC', `-Xms${size}`, `-Xmx${size}`]
      const args = [...memory, ...home, ...moduleFlags, '-cp', `${libraries}/*`, mainClass, '-c', config]
      return new ServerProcess(name, 'java', args, { ROCKETMQ_HOME: directory })
    }
    const namesrvMain = 'org.apache.rocketmq.namesrv.NamesrvStartup'
    this.#namesrv = java('the Apache NameServer', namesrvHeap, namesrvMain, `${directory}/conf/namesrv.conf`)
    await this.#whenListens(this.namesrvPort)
    const brokerMain = 'org.apache.rocketmq.broker.BrokerStartup'
    this.#broker = java('the Apache broker', heap, brokerMain, `${directory}/conf/broker.conf`)
    return this.#broker.whenSays(/boot success/, readyWithinMs)
  }

  async #whenListens(port: number): Promise<void> {
    const deadlineMs = performance.now() + readyWithinMs
    while (!this.#stopping && !(await listens(host, port))) {
      if (performance.now() > deadlineMs || this.#namesrv?.pids().length === 0)
        throw new Error(`the Apache NameServer does not listen on ${port}; see ${this.#options.directory}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    if (this.#stopping) throw new Error('stopped while starting')
  }
}

function propertiesOfBroker({ directory, flush, portOffset }: StartOptions): string[] {
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
    `rocketmqHome=${directory}`,
  ]
}
