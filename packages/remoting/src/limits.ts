/** Every bound of this package, with what happens at it. */
export const remotingLimits = {
  /** A connection on which nothing was read or written for so long is closed. RocketMQ: `serverChannelMaxIdleTimeSeconds`. */
  idleCloseMs: 120_000,
  /** How often idle connections are looked for. */
  idleScanMs: 5_000,
  /** Requests of ours that wait for an answer on one connection; one more fails at once. RocketMQ: `clientAsyncSemaphoreValue`. */
  pendingRequests: 65_535,
  /** How often waiting requests are checked against their deadlines; a timeout is noticed this much late at most. */
  timeoutScanMs: 50,
  /** Requests of one peer in progress here, held ones not counted; at it the connection is not read until half of them are answered. */
  requestsInProgressPerConnection: 8_192,
  /** Bytes waiting to be sent to one peer; above it the connection is not read until they are sent. */
  outgoingBytesPerConnection: 8 * 1024 * 1024,
  /** Connections that a server accepts; one more is closed at once, and logged. */
  connections: 65_536,
  /** Connecting to a peer, unless the caller says otherwise. RocketMQ: `connectTimeoutMillis`. */
  connectTimeoutMs: 3_000,
  /** An answer to a request, unless the caller says otherwise. */
  requestTimeoutMs: 3_000,
} as const
