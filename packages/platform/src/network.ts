/**
 * Connections as an argument. One contract suite (`testkit/contracts/network`) holds for the real and the simulated network.
 *
 * Delivery is by callbacks and not by streams: a connection hands over every chunk of bytes as it arrives.
 */
export interface Network {
  /**
   * Listens on `host:port`; port 0 takes a free one. `accept` is called for each connection, which stays paused until `start`.
   * Rejects with a `NetworkError` (`EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`).
   */
  listen(address: Address, accept: (connection: Connection) => void): Promise<Listener>
  /** Connects; rejects with a `NetworkError` (`ECONNREFUSED`, `ETIMEDOUT`, `ENOTFOUND`, …) or the signal's reason. */
  connect(address: Address, options: ConnectOptions): Promise<Connection>
}

export interface ConnectOptions {
  timeoutMs: number
  signal?: AbortSignal
}

export interface Listener {
  readonly address: Address
  /** Stops accepting and closes the accepted connections. Idempotent. */
  close(): Promise<void>
}

/** Both ends of one byte stream. */
export interface Connection {
  readonly local: Address
  readonly remote: Address
  /** Bytes handed to `write` that the system has not taken yet. At 0 the memory of all that was written may be used again. */
  readonly pendingBytes: number
  /** Begins delivery. Called once, before anything is delivered. */
  start(handler: ConnectionHandler): void
  /** Queues bytes; the buffers must not be changed until they are flushed. Ignored when closed. */
  write(bytes: Uint8Array): void
  /**
   * Stops delivering bytes until `resume`; the peer is held back once the system's buffers are full. That the peer has closed is seen only
   * after `resume`.
   */
  pause(): void
  resume(): void
  /** Closes at once; bytes not yet sent may be lost. Idempotent; `closed` follows. */
  destroy(reason?: Error): void
  /** Closes after pending bytes are sent; what still arrives is dropped. A peer that never reads keeps this from happening: then `destroy`. */
  end(): void
}

export interface ConnectionHandler {
  /** The chunk's bytes are good until this returns: what is kept has to be copied. */
  data(chunk: Buffer): void
  /** `pendingBytes` has returned to zero. */
  drained(): void
  /** Called once, whoever closed; nothing is delivered afterwards. */
  closed(reason: Error | undefined): void
}

export interface Address {
  /** An IPv4 or IPv6 address without brackets, or a host name. */
  readonly host: string
  readonly port: number
}

/** `host:port` as RocketMQ writes it: IPv6 without brackets, split at the last colon when read. */
export function formatAddress(address: Address): string {
  return `${address.host}:${address.port}`
}

/** Reads `host:port`, `[v6]:port` and `v6:port`. `undefined` when there is no host or no valid port. */
export function parseAddress(text: string): Address | undefined {
  const colon = text.lastIndexOf(':')
  if (colon <= 0) return undefined
  const digits = text.slice(colon + 1)
  const port = Number(digits)
  if (!/^\d{1,5}$/.test(digits) || port > 65_535) return undefined
  const host = text.slice(0, colon)
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  return bare === '' ? undefined : { host: bare, port }
}
