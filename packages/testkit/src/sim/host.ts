import {
  type Address,
  type Connection,
  type ConnectOptions,
  formatAddress,
  type Listener,
  type Network,
  NetworkError,
} from '@cometmq/platform'
import { connectionPair, type SimulatedConnection } from './connection.ts'
import type { SimulatedNetwork } from './network.ts'

const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])
const anyAddresses: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
const firstEphemeralPort = 32_768
const lastPort = 65_535
/** How long a system waits before it asks again for a connection that was not answered. */
const connectRetryMs = 1_000

/** One machine of a `SimulatedNetwork`: its view of the network is a `Network`. */
export class SimulatedHost implements Network {
  readonly name: string
  readonly #network: SimulatedNetwork
  readonly #listeners = new Map<number, SimulatedListener>()
  readonly #connections = new Set<SimulatedConnection>()
  #nextPort = firstEphemeralPort

  constructor(network: SimulatedNetwork, name: string) {
    this.#network = network
    this.name = name
  }

  async listen(address: Address, accept: (connection: Connection) => void): Promise<Listener> {
    const refuse = (code: string) => new NetworkError(`cannot listen on ${formatAddress(address)}`, code)
    const isLoopback = loopbackNames.has(address.host)
    if (!isLoopback && !anyAddresses.has(address.host) && address.host !== this.name) throw refuse('EADDRNOTAVAIL')
    const port = address.port === 0 ? this.#freePort() : address.port
    if (this.#listeners.has(port)) throw refuse('EADDRINUSE')
    const bound = { host: address.host, port }
    const listener = new SimulatedListener(bound, isLoopback, accept, () => this.#listeners.delete(port))
    this.#listeners.set(port, listener)
    return listener
  }

  connect(address: Address, { timeoutMs, signal }: ConnectOptions): Promise<Connection> {
    const { clock } = this.#network
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      let isSettled = false
      const settle = (act: () => void) => {
        if (isSettled) return
        isSettled = true
        timeout.cancel()
        signal?.removeEventListener('abort', onAbort)
        act()
      }
      const fail = (code: string) =>
        settle(() => reject(new NetworkError(`cannot connect to ${formatAddress(address)}`, code)))
      const onAbort = () => settle(() => reject(signal?.reason))
      const timeout = clock.after(timeoutMs, () => fail('ETIMEDOUT'))
      signal?.addEventListener('abort', onAbort, { once: true })
      const onAnswer = (answer: SimulatedConnection | string) => {
        if (typeof answer === 'string') return fail(answer)
        if (isSettled) return answer.destroy()
        settle(() => resolve(answer))
      }
      this.#ask(address, () => isSettled, onAnswer)
    })
  }

  /**
   * Ends the process on this host at once, as `kill -9` does: it hears of nothing any more, its ports are free, and its peers' connections
   * break with `ECONNRESET`. For a power cut, `partition` the host first: then its peers notice nothing.
   */
  kill(): void {
    this.#listeners.clear()
    for (const connection of this.#connections) connection.vanish()
    this.#connections.clear()
  }

  connections(): SimulatedConnection[] {
    return Array.from(this.#connections)
  }

  /** Asks for a connection until it is answered, or nobody waits any more. The answer is the connection, or the reason for a refusal. */
  #ask(address: Address, isOver: () => boolean, onAnswer: (answer: SimulatedConnection | string) => void): void {
    const network = this.#network
    const { clock } = network
    const target = loopbackNames.has(address.host) ? this : network.findHost(address.host)
    if (target === undefined) {
      clock.endOfTick(() => onAnswer('ENOTFOUND'))
      return
    }
    const localPort = this.#freePort()
    const attempt = () => {
      if (isOver()) return
      if (network.isBlocked(this.name, target.name)) {
        clock.after(connectRetryMs, attempt)
        return
      }
      const answer = target.#answer(this, localPort, address)
      const arrive = () => {
        if (typeof answer !== 'string' && answer.isClosed) onAnswer('ECONNRESET')
        else if (!network.isBlocked(target.name, this.name)) onAnswer(answer)
        else if (!isOver()) clock.after(connectRetryMs, arrive)
      }
      clock.after(network.drawLatencyMs(), arrive)
    }
    clock.after(network.drawLatencyMs(), attempt)
  }

  #answer(from: SimulatedHost, fromPort: number, address: Address): SimulatedConnection | string {
    const listener = this.#listeners.get(address.port)
    if (listener === undefined || (listener.isLoopback && from !== this)) return 'ECONNREFUSED'
    const isLocal = loopbackNames.has(address.host)
    const client = { host: isLocal ? '127.0.0.1' : from.name, port: fromPort }
    const server = { host: isLocal ? '127.0.0.1' : this.name, port: address.port }
    const [near, far] = connectionPair(this.#network, client, server)
    from.#adopt(near)
    this.#adopt(far)
    listener.accept(far)
    return near
  }

  #adopt(connection: SimulatedConnection): void {
    this.#connections.add(connection)
    connection.onceClosed(() => this.#connections.delete(connection))
  }

  #freePort(): number {
    for (let tries = firstEphemeralPort; tries <= lastPort; tries++) {
      const port = this.#nextPort
      this.#nextPort = port === lastPort ? firstEphemeralPort : port + 1
      if (!this.#listeners.has(port)) return port
    }
    throw new NetworkError(`every port of ${this.name} is taken`, 'EADDRINUSE')
  }
}

class SimulatedListener implements Listener {
  readonly address: Address
  readonly isLoopback: boolean
  readonly #onAccept: (connection: Connection) => void
  readonly #onClose: () => void
  readonly #accepted = new Set<SimulatedConnection>()
  #closing: Promise<void> | undefined

  constructor(address: Address, isLoopback: boolean, onAccept: (connection: Connection) => void, onClose: () => void) {
    this.address = address
    this.isLoopback = isLoopback
    this.#onAccept = onAccept
    this.#onClose = onClose
  }

  accept(connection: SimulatedConnection): void {
    this.#accepted.add(connection)
    connection.onceClosed(() => this.#accepted.delete(connection))
    this.#onAccept(connection)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#onClose()
    await Promise.all(
      Array.from(this.#accepted, (connection) => {
        const closed = new Promise<void>((resolve) => connection.onceClosed(resolve))
        connection.destroy()
        return closed
      }),
    )
  }
}
