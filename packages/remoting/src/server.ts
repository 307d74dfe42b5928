import {
  type Address,
  type Clock,
  type Connection,
  Lifecycle,
  type Listener,
  type Logger,
  type Network,
} from '@cometmq/platform'
import { remotingLimits } from './limits.ts'
import { OutgoingChunks } from './outgoing-chunks.ts'
import { Peer } from './peer.ts'
import type { Router } from './router.ts'

export interface ServerOptions {
  /** Where to listen; port 0 takes a free one. */
  listen: Address
}

/** Accepts connections and answers what comes over them through a router. */
export class RemotingServer implements AsyncDisposable {
  readonly #peers = new Set<Peer>()
  readonly #lifecycle = new Lifecycle('remoting server')
  readonly #world: { clock: Clock; network: Network; logger: Logger; chunks: OutgoingChunks }
  readonly #router: Router
  readonly #options: ServerOptions
  readonly #closers: (() => unknown)[] = []
  #listener: Listener | undefined

  constructor(options: ServerOptions, router: Router, world: { clock: Clock; network: Network; logger: Logger }) {
    this.#options = options
    this.#router = router
    this.#world = { ...world, chunks: new OutgoingChunks() }
  }

  /** Where it listens; only once started. */
  get address(): Address {
    return this.#listener?.address ?? this.#options.listen
  }

  get peers(): ReadonlySet<Peer> {
    return this.#peers
  }

  /** @throws NetworkError when the address cannot be listened on. */
  async start(): Promise<void> {
    this.#lifecycle.move('starting')
    const { network, clock } = this.#world
    this.#listener = await network.listen(this.#options.listen, (connection) => this.#accept(connection))
    const idleScan = clock.every(remotingLimits.idleScanMs, () => this.#closeIdle())
    this.#closers.push(() => idleScan.cancel())
    this.#lifecycle.move('running')
  }

  close(): Promise<void> {
    return this.#lifecycle.close(async () => {
      for (const closer of this.#closers) closer()
      for (const peer of this.#peers) peer.end()
      await this.#listener?.close()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(connection: Connection): void {
    const { logger } = this.#world
    if (this.#peers.size >= remotingLimits.connections) {
      logger.warn(
        { peer: connection.remote, limit: remotingLimits.connections },
        'closed a connection: too many are open',
      )
      return connection.destroy()
    }
    const peer = new Peer(connection, this.#router, this.#world)
    this.#peers.add(peer)
    peer.onClose(() => this.#peers.delete(peer))
    peer.start()
  }

  #closeIdle(): void {
    const oldest = this.#world.clock.monotonicMs() - remotingLimits.idleCloseMs
    for (const peer of this.#peers) {
      if (peer.lastActiveMs > oldest) continue
      this.#world.logger.info({ peer: peer.name, idleMs: remotingLimits.idleCloseMs }, 'closed an idle connection')
      peer.destroy()
    }
  }
}
