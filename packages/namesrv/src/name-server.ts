import {
  type Address,
  type Clock,
  type FileSystem,
  formatAddress,
  Lifecycle,
  type Logger,
  type Network,
} from '@cometmq/platform'
import { RemotingClient, RemotingServer, Router } from '@cometmq/remoting'
import { BrokerWatch } from './broker-watch.ts'
import { Departures } from './departures.ts'
import { KvConfig } from './kv-config.ts'
import { LiveOptions } from './live-options.ts'
import { announceMinIdChange } from './min-broker-notice.ts'
import { type NameServerOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { RouteAnswers } from './route-answers.ts'
import { routes } from './routes.ts'
import type { MinIdChange } from './routing/min-id-change.ts'
import { newRouteTable } from './routing/route-table.ts'

/** The ways out of the process that a NameServer takes. */
export interface NameServerWorld {
  clock: Clock
  network: Network
  files: FileSystem
  logger: Logger
}

/**
 * Knows which brokers there are and which topics they have, and tells clients. Brokers register with every NameServer of theirs; NameServers
 * know nothing of each other.
 *
 * @example
 * await using nameServer = new NameServer(
 *   { kvConfigPath: '/data/namesrv/kvConfig.json', configStorePath: '/data/namesrv/namesrv.properties' },
 *   { clock: nodeClock, network: nodeNetwork, files: nodeFileSystem, logger },
 * )
 * await nameServer.start()
 * nameServer.address // { host: '0.0.0.0', port: 9876 }
 */
export class NameServer implements AsyncDisposable {
  readonly #options: ResolvedOptions
  readonly #logger: Logger
  readonly #lifecycle = new Lifecycle('NameServer')
  readonly #kv: KvConfig
  readonly #server: RemotingServer
  readonly #client: RemotingClient
  readonly #watch: BrokerWatch

  /** @throws OptionError */
  constructor(options: NameServerOptions, world: NameServerWorld) {
    this.#options = resolveOptions(options)
    const { clock, logger, files } = world
    this.#logger = logger
    const table = newRouteTable()
    const live = new LiveOptions(this.#options, files)
    const kv = new KvConfig(this.#options.kvConfigPath, files)
    const client = new RemotingClient({}, world)
    const announce = (change: MinIdChange) => {
      if (live.current.notifyMinBrokerIdChanged) void announceMinIdChange(change, client, logger)
    }
    const departures = new Departures(
      { capacity: this.#options.unRegisterBrokerQueueCapacity, onMinIdChange: announce },
      { table, clock },
    )
    const watch = new BrokerWatch({ table, departures, clock, logger })
    const answered = routes({
      table,
      departures,
      kv,
      options: live,
      answers: new RouteAnswers(table, kv, () => live.current),
      clock,
      logger,
      startedAtMs: clock.monotonicMs(),
      watch: (peer) => watch.watch(peer),
      announce,
    })
    const { host, port } = this.#options
    this.#kv = kv
    this.#client = client
    this.#watch = watch
    this.#server = new RemotingServer({ listen: { host, port } }, new Router(answered, logger), world)
  }

  /** Where it listens; the port that was taken once it has started. */
  get address(): Address {
    return this.#server.address
  }

  /** @throws NetworkError when the address cannot be listened on, KvConfigUnreadableError. */
  async start(): Promise<void> {
    this.#lifecycle.move('starting')
    await this.#kv.load()
    await this.#server.start()
    this.#watch.start(this.#options.scanNotActiveBrokerIntervalMs)
    this.#lifecycle.move('running')
    this.#logger.info({ address: formatAddress(this.address) }, 'NameServer started')
  }

  /** Answers what is in progress, refuses the rest. Idempotent. */
  close(): Promise<void> {
    return this.#lifecycle.close(async () => {
      this.#watch.stop()
      await this.#kv.close()
      await this.#server.close()
      await this.#client.close()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
