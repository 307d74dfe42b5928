import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withDescendants } from '../process-figures.ts'
import { firstLineOf } from './apache-libraries.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { ServerProcess } from './server-process.ts'

const host = '127.0.0.1'
const namesrvPort = 49_876
const brokerPort = 41_911
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000

const root = fileURLToPath(new URL('../../../', import.meta.url))
const node = `${root}node_modules/.bin/node`
const main = `${root}packages/cli/bin/cometmq.js`

/** CometMQ from this checkout, from source, on the Node that it pins. */
export const cometmq: ServerKind = {
  name: 'cometmq',
  protocol: 'rocketmq',
  ports: [namesrvPort, brokerPort],
  cannot: () => undefined,
  async missing() {
    return [node, main].every(existsSync) ? undefined : `${main} and ${node} must be there: run npm ci in the checkout`
  },
  async prepare() {},
  async versions() {
    const { version } = JSON.parse(readFileSync(`${root}packages/cli/package.json`, 'utf8')) as { version: string }
    const commit = await firstLineOf('git', ['-C', root, 'describe', '--always', '--dirty'])
    return { CometMQ: `${version} ${commit}`.trim(), node: await firstLineOf(node, ['--version']) }
  },
  start(options) {
    return new CometmqServer(options)
  },
}

class CometmqServer implements RunningServer {
  readonly host = host
  readonly brokerPort: number
  readonly namesrvPort: number
  readonly startedAtMs = performance.now()
  readonly ready: Promise<number>
  readonly settings: readonly string[]
  readonly #process: ServerProcess

  constructor({ directory, flush, portOffset }: StartOptions) {
    this.brokerPort = brokerPort + portOffset
    this.namesrvPort = namesrvPort + portOffset
    const config = `${directory}/broker.conf`
    const properties = [`flushDiskType=${flush === 'sync' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'}`]
    writeFileSync(config, `${properties.join('\n')}\n`)
    const addresses = ['--listen', host, '--advertise', host]
    const ports = ['--namesrv-port', String(this.namesrvPort), '--broker-port', String(this.brokerPort)]
    const args = [main, 'standalone', '--data', `${directory}/data`, ...addresses, ...ports, '--config', config]
    this.settings = properties
    this.#process = new ServerProcess('CometMQ', node, args, {})
    this.ready = this.#process.whenSays(/\bready\b/, readyWithinMs)
  }

  pids(): number[] {
    return withDescendants(this.#process.pids())
  }

  stop(): Promise<void> {
    return this.#process.stop()
  }

  kill(): Promise<void> {
    return this.#process.kill()
  }
}
