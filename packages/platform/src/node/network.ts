import { createServer, type Server, Socket, type SocketConstructorOpts } from 'node:net'
import { NetworkError, systemCodeOf } from '../error.ts'
import {
  type Address,
  type Connection,
  type ConnectOptions,
  formatAddress,
  type Listener,
  type Network,
} from '../network.ts'
import { NodeConnection } from './connection.ts'
import { intoInbox, type Receiver, readingIntoInbox } from './inbox.ts'

/** The machine's TCP. */
export const nodeNetwork: Network = { listen, connect }

function listen(address: Address, accept: (connection: Connection) => void): Promise<Listener> {
  const connections = new Set<NodeConnection>()
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
    const connection = new NodeConnection((receiver) => {
      const own = readingIntoInbox(socket, receiver) ?? socket
      own.once('close', () => connections.delete(connection))
      return own
    })
    connections.add(connection)
    accept(connection)
  })
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new NetworkError(`cannot listen on ${formatAddress(address)}`, systemCodeOf(cause), cause))
    })
    server.listen({ host: address.host, port: address.port }, () => {
      // From here on an error is a connection that could not be accepted: too many open files, or a firewall. It harms no other.
      server.removeAllListeners('error')
      server.on('error', (cause) => process.emitWarning(`a connection was not accepted: ${cause.message}`))
      const bound = server.address() as { port: number }
      let closing: Promise<void> | undefined
      resolve({
        address: { host: address.host, port: bound.port },
        close: () => {
          closing ??= closeListener(server, connections)
          return closing
        },
      })
    })
  })
}

async function closeListener(server: Server, connections: ReadonlySet<NodeConnection>): Promise<void> {
  const stopped = new Promise((resolve) => server.close(resolve))
  const closed = Array.from(connections, (connection) => connection.close())
  await Promise.all([stopped, ...closed])
}

function connect(address: Address, { timeoutMs, signal }: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const receiver: Receiver = { received: () => {} }
    const socket = new Socket({ allowHalfOpen: true, onread: intoInbox(receiver) } as SocketConstructorOpts)
    // Otherwise it reads as soon as it is connected.
    socket.pause()
    const settle = () => {
      clearTimeout(timeout)
      signal?.removeEventListener('abort', onAbort)
      socket.removeListener('error', onError)
      socket.removeListener('connect', onConnect)
    }
    const fail = (reason: unknown) => {
      settle()
      // The attempt goes on for a moment; how it ends no longer matters.
      socket.on('error', () => {})
      socket.destroy()
      reject(reason)
    }
    const failure = (systemCode: string, cause?: unknown) =>
      new NetworkError(`cannot connect to ${formatAddress(address)}`, systemCode, cause)
    const onError = (cause: Error) => fail(failure(systemCodeOf(cause), cause))
    const onAbort = () => fail(signal?.reason)
    const onConnect = () => {
      settle()
      resolve(
        new NodeConnection((connection) => {
          receiver.received = connection.received
          return socket
        }),
      )
    }
    const timeout = setTimeout(() => fail(failure('ETIMEDOUT')), timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('error', onError)
    socket.once('connect', onConnect)
    socket.setNoDelay(true)
    socket.connect({ host: address.host, port: address.port })
  })
}
