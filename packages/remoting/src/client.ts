import { type Address, type Clock, formatAddress, Lifecycle, type Logger, type Network } from '@cometmq/platform'
import type { Command, RequestBodyOf, RequestInputOf } from '@cometmq/protocol'
import { ConnectionClosedError } from './error.ts'
import { remotingLimits } from './limits.ts'
import { type Answer, type InvokeOptions, Peer } from './peer.ts'
import { Router } from './router.ts'

export interface ClientOptions {
  connectTimeoutMs?: number
  /** Answers what servers ask of us. */
  router?: Router
}

/** Asks servers by address, over one connection to each, made when it is first needed and again when it broke. */
export class RemotingClient implements AsyncDisposable {
  readonly #world: { clock: Clock; network: Network; logger: Logger }
  readonly #router: Router
  readonly #connectTimeoutMs: number
  readonly #connections = new Map<string, Promise<Peer>>()
  readonly #lifecycle = new Lifecycle('remoting client')
  readonly #closing = new AbortController()

  constructor(options: ClientOptions, world: { clock: Clock; network: Network; logger: Logger }) {
    this.#world = world
    this.#router = options.router ?? new Router([], world.logger)
    this.#connectTimeoutMs = options.connectTimeoutMs ?? remotingLimits.connectTimeoutMs
  }

  /** @throws NetworkError, and whatever `Peer.invoke` throws. */
  async invoke<C extends Command>(
    address: Address,
    command: C,
    request: RequestInputOf<C>,
    options: InvokeOptions<C> = {},
  ): Promise<Answer<C>> {
    const peer = await this.connect(address)
    return peer.invoke(command, request, options)
  }

  async oneway<C extends Command>(
    address: Address,
    command: C,
    request: RequestInputOf<C>,
    body?: RequestBodyOf<C>,
  ): Promise<void> {
    const peer = await this.connect(address)
    peer.oneway(command, request, body)
  }

  /** The connection to an address, made when there is none. */
  connect(address: Address): Promise<Peer> {
    if (this.#closing.signal.aborted)
      return Promise.reject(new ConnectionClosedError(formatAddress(address), 'the client is closed'))
    const key = formatAddress(address)
    const existing = this.#connections.get(key)
    if (existing !== undefined) return existing
    const connecting = this.#open(address, key)
    this.#connections.set(key, connecting)
    connecting.catch(() => this.#forget(key, connecting))
    return connecting
  }

  close(): Promise<void> {
    return this.#lifecycle.close(async () => {
      this.#closing.abort(new ConnectionClosedError('servers', 'the client is closed'))
      const peers = await Promise.allSettled(this.#connections.values())
      const closed = peers.flatMap((result) => (result.status === 'fulfilled' ? [ended(result.value)] : []))
      await Promise.all(closed)
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #open(address: Address, key: string): Promise<Peer> {
    const connection = await this.#world.network.connect(address, {
      timeoutMs: this.#connectTimeoutMs,
      signal: this.#closing.signal,
    })
    const peer = new Peer(connection, this.#router, this.#world)
    peer.onClose(() => this.#connections.delete(key))
    peer.start()
    return peer
  }

  #forget(key: string, connecting: Promise<Peer>): void {
    if (this.#connections.get(key) === connecting) this.#connections.delete(key)
  }
}

function ended(peer: Peer): Promise<void> {
  return new Promise((resolve) => {
    peer.onClose(resolve)
    peer.end()
  })
}
