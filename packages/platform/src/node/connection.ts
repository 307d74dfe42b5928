import type { Socket } from 'node:net'
import { assert } from '../assert.ts'
import { NetworkError, systemCodeOf } from '../error.ts'
import { type Address, type Connection, type ConnectionHandler, formatAddress } from '../network.ts'
import type { Receiver } from './inbox.ts'

/**
 * How long an ended connection waits for its peer to close, once all bytes are sent. Closing at once would, when the peer has sent something
 * that nobody read, make the system throw away at the peer what we sent last.
 */
const peerCloseTimeoutMs = 2_000

/** One socket. It neither reads nor reports anything before `start`. */
export class NodeConnection implements Connection, Receiver {
  readonly local: Address
  readonly remote: Address
  readonly #socket: Socket
  #handler: ConnectionHandler | undefined
  #reason: Error | undefined
  /** Nothing more is written, and what still arrives is dropped. */
  #ending = false
  #closed = false
  /** Bytes were left over after a write, so `drained` is owed. */
  #draining = false
  #peerCloseTimeout: NodeJS.Timeout | undefined

  /** `makeSocket` gets where the socket's bytes go: to `received`, unless the socket emits them. */
  constructor(makeSocket: (receiver: Receiver) => Socket) {
    const socket = makeSocket(this)
    this.#socket = socket
    this.local = addressOf(socket.localAddress, socket.localPort)
    this.remote = addressOf(socket.remoteAddress, socket.remotePort)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
    socket.on('end', this.#onEnd)
    socket.on('finish', this.#onFinish)
  }

  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  start(handler: ConnectionHandler): void {
    assert(this.#handler === undefined, 'a connection is started once')
    this.#handler = handler
    if (this.#closed) {
      process.nextTick(() => handler.closed(this.#reason))
      return
    }
    this.#socket.on('data', this.received)
    // A listener for data does not start a socket that was accepted in the paused state.
    this.#socket.resume()
  }

  write(bytes: Uint8Array): void {
    if (this.#ending) return
    this.#socket.write(bytes, this.#onWritten)
    if (this.#socket.writableLength > 0) this.#draining = true
  }

  pause(): void {
    if (!this.#ending) this.#socket.pause()
  }

  resume(): void {
    if (this.#handler !== undefined) this.#socket.resume()
  }

  destroy(reason?: Error): void {
    if (this.#socket.destroyed) return
    this.#reason ??= reason
    this.#ending = true
    this.#socket.destroy()
  }

  /** Destroys, and waits until the handler has heard of it. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('close', () => resolve())
      this.destroy()
    })
  }

  end(): void {
    if (this.#ending) return
    this.#ending = true
    this.#socket.end()
    // Whatever the peer still sends must be read for its end to be seen.
    this.#socket.resume()
  }

  // Bound once for each connection, so that a write or a chunk makes no closure.

  readonly received = (chunk: Buffer): void => {
    if (!this.#ending) this.#handler!.data(chunk)
  }

  readonly #onWritten = (): void => {
    if (!this.#draining || this.#socket.writableLength > 0) return
    this.#draining = false
    if (!this.#ending) this.#handler?.drained()
  }

  readonly #onEnd = (): void => {
    this.#ending = true
    this.#socket.end()
  }

  readonly #onFinish = (): void => {
    this.#peerCloseTimeout = setTimeout(() => this.#socket.destroy(), peerCloseTimeoutMs).unref()
  }

  readonly #onError = (cause: Error): void => {
    this.#ending = true
    this.#reason ??= new NetworkError(
      `the connection with ${formatAddress(this.remote)} broke`,
      systemCodeOf(cause),
      cause,
    )
  }

  readonly #onClose = (): void => {
    this.#ending = true
    this.#closed = true
    clearTimeout(this.#peerCloseTimeout)
    this.#handler?.closed(this.#reason)
  }
}

/** A peer that is gone by the time of the accept has no address any more. */
function addressOf(host: string | undefined, port: number | undefined): Address {
  return { host: withoutMapping(host ?? '0.0.0.0'), port: port ?? 0 }
}

/** A socket for both families shows an IPv4 peer as `::ffff:1.2.3.4`. */
function withoutMapping(host: string): string {
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host
}
