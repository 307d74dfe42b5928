import {
  type Address,
  assert,
  type Connection,
  type ConnectionHandler,
  formatAddress,
  NetworkError,
  type Timer,
} from '@cometmq/platform'
import type { SimulatedNetwork } from './network.ts'
import { SimulatedStream } from './stream.ts'

/** How long an ended connection waits for its peer to close, once all bytes are sent; as the Node network does. */
const peerCloseTimeoutMs = 2_000

/** Both ends of a new connection. */
export function connectionPair(
  network: SimulatedNetwork,
  client: Address,
  server: Address,
): [client: SimulatedConnection, server: SimulatedConnection] {
  const near = new SimulatedConnection(network, client, server)
  const far = new SimulatedConnection(network, server, client)
  near.join(far)
  far.join(near)
  return [near, far]
}

/** One end of a connection. */
export class SimulatedConnection implements Connection {
  readonly local: Address
  readonly remote: Address
  readonly #network: SimulatedNetwork
  readonly #incoming: SimulatedStream
  #peer!: SimulatedConnection
  #handler: ConnectionHandler | undefined
  #reason: Error | undefined
  /** Nothing more is written, and what still arrives is dropped. */
  #ending = false
  #closed = false
  #peerEnded = false
  #allSent = false
  #peerCloseTimeout: Timer | undefined
  readonly #closeListeners: (() => void)[] = []

  constructor(network: SimulatedNetwork, local: Address, remote: Address) {
    this.#network = network
    this.local = local
    this.remote = remote
    this.#incoming = new SimulatedStream(network, {
      isBlocked: () => network.isBlocked(remote.host, local.host),
      isGone: () => this.#closed,
      data: (chunk) => this.#onData(chunk),
      end: () => this.#onPeerEnd(),
      refused: () => this.#sendReset(),
      drained: () => this.#peer.#onDrained(),
      allSent: () => this.#peer.#onAllSent(),
      givenUp: () => this.#peer.break('ETIMEDOUT'),
    })
  }

  /** Each end owns what flows towards it. */
  join(peer: SimulatedConnection): void {
    this.#peer = peer
  }

  get pendingBytes(): number {
    return this.#closed ? 0 : this.#outgoing.pendingBytes
  }

  get isClosed(): boolean {
    return this.#closed
  }

  start(handler: ConnectionHandler): void {
    assert(this.#handler === undefined, 'a connection is started once')
    this.#handler = handler
    if (this.#closed) this.#network.clock.endOfTick(() => handler.closed(this.#reason))
    else this.#incoming.resume()
  }

  write(bytes: Uint8Array): void {
    if (!this.#ending) this.#outgoing.write(bytes)
  }

  pause(): void {
    if (!this.#ending) this.#incoming.pause()
  }

  resume(): void {
    if (this.#handler !== undefined && !this.#closed) this.#incoming.resume()
  }

  destroy(reason?: Error): void {
    if (this.#closed) return
    // A system answers with a reset when it closes a connection that somebody still sends to, and else ends it in order.
    if (this.#incoming.hasUnread) this.#sendReset()
    else this.#outgoing.endNow()
    this.#close(reason)
  }

  end(): void {
    if (this.#ending) return
    this.#ending = true
    this.#outgoing.end()
    // Whatever the peer still sends must be read for its end to be seen.
    this.#incoming.resume()
  }

  /** The connection fails with this code, without a word to the peer. */
  break(systemCode: string): void {
    this.#close(new NetworkError(`the connection with ${formatAddress(this.remote)} broke`, systemCode))
  }

  /** The process at this end is gone: it hears nothing, its peer a reset. */
  vanish(): void {
    if (this.#closed) return
    this.#handler = undefined
    this.#sendReset()
    this.#close(undefined)
  }

  onceClosed(listener: () => void): void {
    this.#closeListeners.push(listener)
  }

  /** The way to here is free again. */
  retry(): void {
    if (!this.#closed) this.#incoming.retry()
  }

  get #outgoing(): SimulatedStream {
    return this.#peer.#incoming
  }

  #onData(chunk: Buffer): void {
    if (!this.#ending) this.#handler?.data(chunk)
  }

  #onDrained(): void {
    if (!this.#ending) this.#handler?.drained()
  }

  #onPeerEnd(): void {
    this.#peerEnded = true
    this.#ending = true
    if (this.#allSent) this.#close(undefined)
    else this.#outgoing.end()
  }

  #onAllSent(): void {
    if (this.#closed) return
    this.#allSent = true
    if (this.#peerEnded) this.#close(undefined)
    else this.#peerCloseTimeout = this.#network.clock.after(peerCloseTimeoutMs, () => this.destroy())
  }

  #sendReset(): void {
    const peer = this.#peer
    this.#network.clock.after(this.#network.drawLatencyMs(), () => {
      // A reset is sent once: when it does not arrive, the peer notices with the next thing that it sends.
      if (!this.#network.isBlocked(this.local.host, this.remote.host)) peer.break('ECONNRESET')
    })
  }

  #close(reason: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#ending = true
    this.#reason = reason
    this.#peerCloseTimeout?.cancel()
    this.#incoming.discard()
    this.#outgoing.stopWaiting()
    this.#network.clock.endOfTick(() => {
      this.#handler?.closed(reason)
      for (const listener of this.#closeListeners) listener()
    })
  }
}
