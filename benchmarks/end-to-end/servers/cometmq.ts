import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withDescendants } from '../process-figures.ts'
import { firstLineOf } from './apache-libraries.ts'
import { PublishedCometmq } from './published-cometmq.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { killAll, ServerProcess } from './server-process.ts'

const host = '127.0.0.1'
const namesrvPort = 49_876
const brokerPort = 41_911
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000

const root = fileURLToPath(new URL('../../../', import.meta.url))
const node = `${root}node_modules/.bin/node`
const main = `${root}packages/cli/bin/cometmq.js`
const bundler = `${root}node_modules/rolldown/package.json`

const published = new PublishedCometmq(node)

/** CometMQ of this checkout as it is published, on the Node that it pins. */
export const cometmq: ServerKind = {
  name: 'cometmq',
  protocol: 'rocketmq',
  ports: [namesrvPort, brokerPort],
  cannot: () => undefined,
  async missing() {
    const needed = [node, main, bundler]
    return needed.every(existsSync) ? undefined : `${needed.join(', ')} must be there: run npm ci in the checkout`
  },
  prepare: () => published.prepare(),
  async versions() {
    const { version } = JSON.parse(readFileSync(`${root}packages/cli/package.json`, 'utf8')) as { version: string }
    const commit = await firstLineOf('git', ['-C', root, 'describe', '--always', '--dirty'])
    return { CometMQ: `${version} ${commit}`.trim(), node: await firstLineOf(node, ['--version']) }
  },
  start(options) {
    return new CometmqServer(options, { namesrv: namesrvPort, brokers: [brokerPort] })
  },
}

/** For a rival that needs one: from the sources, as it is not measured. */
export function startNameServer(directory: string, port: number): ServerProcess {
  const args = [main, 'namesrv', '--data', `${directory}/namesrv`, '--listen', host, '--namesrv-port', String(port)]
  return new ServerProcess('the NameServer', node, args, {})
}

interface Ports {
  readonly namesrv: number
  /** One for each broker. */
  readonly brokers: readonly number[]
}

/** Apart from those of the one that runs beside it. */
const shardPorts: Ports = { namesrv: 49_976, brokers: [42_911, 42_921] }

/** The same with `--shards 2`: two brokers, over which the connections of the generator are spread. */
export const cometmqShards: ServerKind = {
  ...cometmq,
  name: `cometmq-${shardPorts.brokers.length}`,
  ports: [shardPorts.namesrv, ...shardPorts.brokers],
  cannot: ({ kind }) =>
    kind === 'send' || kind === 'start-up' || kind === 'limits' ? undefined : 'messages would be read from two brokers',
  start(options) {
    return new CometmqServer(options, shardPorts)
  },
}

class CometmqServer implements RunningServer {
  readonly host = host
  readonly brokerPort: number
  readonly brokerPorts: readonly number[]
  readonly namesrvPort: number
  readonly startedAtMs = performance.now()
  readonly ready: Promise<number>
  readonly settings: readonly string[]
  readonly #process: ServerProcess

  constructor({ directory, flush, portOffset }: StartOptions, { namesrv, brokers }: Ports) {
    const count = brokers.length
    this.brokerPorts = brokers.map((port) => port + portOffset)
    this.brokerPort = this.brokerPorts[0]!
    this.namesrvPort = namesrv + portOffset
    const config = `${directory}/broker.conf`
    const properties = [`flushDiskType=${flush === 'sync' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'}`]
    writeFileSync(config, `${properties.join('\n')}\n`)
    const addresses = ['--listen', host, '--advertise', host]
    const ports = ['--namesrv-port', String(this.namesrvPort), '--broker-port', String(this.brokerPort)]
    const args = ['standalone', '--data', `${directory}/data`, ...addresses, ...ports, '--config', config]
    if (count > 1) args.push('--shards', String(count))
    this.settings = count > 1 ? [...properties, `--shards ${count}`] : properties
    this.#process = published.start(args)
    this.ready = this.#process.whenSays(/\bready\b/, readyWithinMs)
  }

  pids(): number[] {
    return withDescendants(this.#process.pids())
  }

  stop(): Promise<void> {
    return this.#process.stop()
  }

  async kill(): Promise<void> {
    const shardPids = this.pids().slice(1)
    await this.#process.kill()
    await killAll(shardPids)
  }
}
