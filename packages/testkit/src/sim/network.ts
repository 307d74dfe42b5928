import { assert, type Clock, type Random } from '@cometmq/platform'
import type { SimulatedConnection } from './connection.ts'
import { SimulatedHost } from './host.ts'

/** What Linux lets a connection take and hold on both machines together, roughly, before it pushes back. */
const defaultBufferBytes = 256 * 1024
/** How long Linux sends the same bytes again before it gives a connection up. */
const defaultGiveUpAfterMs = 924_600

export interface SimulatedNetworkOptions {
  clock: Clock
  random: Random
  /** One way, drawn anew for everything that is sent; bytes stay in order. Default: 0 to 5 ms. */
  latencyMs?: { min: number; max: number }
  /** How much of one direction of a connection the systems hold. */
  bufferBytes?: number
  /** When a connection whose bytes do not arrive breaks with `ETIMEDOUT`. */
  giveUpAfterMs?: number
}

/**
 * Hosts that talk to each other inside the test, with TCP's promises and no others: bytes arrive in order, in chunks of any size, after any
 * delay, or the connection breaks. Nothing moves unless the clock moves.
 *
 * @example
 * const network = new SimulatedNetwork({ clock, random })
 * const listener = await network.host('10.0.0.1').listen({ host: '0.0.0.0', port: 9876 }, accept)
 * const connection = await clock.until(network.host('10.0.0.2').connect({ host: '10.0.0.1', port: 9876 }, { timeoutMs: 3_000 }))
 * network.partition('10.0.0.1', '10.0.0.2')
 */
export class SimulatedNetwork {
  readonly clock: Clock
  readonly random: Random
  readonly bufferBytes: number
  readonly giveUpAfterMs: number
  readonly #minLatencyMs: number
  readonly #latencySpanMs: number
  readonly #hosts = new Map<string, SimulatedHost>()
  /** `from→to` */
  readonly #blocked = new Set<string>()

  constructor(options: SimulatedNetworkOptions) {
    const { min, max } = options.latencyMs ?? { min: 0, max: 5 }
    assert(min >= 0 && max >= min, `latency from ${min} to ${max} ms`)
    this.clock = options.clock
    this.random = options.random
    this.bufferBytes = options.bufferBytes ?? defaultBufferBytes
    this.giveUpAfterMs = options.giveUpAfterMs ?? defaultGiveUpAfterMs
    this.#minLatencyMs = min
    this.#latencySpanMs = Math.floor(max - min)
  }

  /** The host of this address or name, made on first use. */
  host(name: string): SimulatedHost {
    let host = this.#hosts.get(name)
    if (host === undefined) this.#hosts.set(name, (host = new SimulatedHost(this, name)))
    return host
  }

  findHost(name: string): SimulatedHost | undefined {
    return this.#hosts.get(name)
  }

  /** Nothing arrives between the two any more, or only from `a` to `b`. Connections notice only by waiting. */
  partition(a: string, b: string, options: { oneWay?: boolean } = {}): void {
    this.#blocked.add(`${a}→${b}`)
    if (!options.oneWay) this.#blocked.add(`${b}→${a}`)
  }

  /** What was held back arrives now. */
  heal(a: string, b: string): void {
    this.#blocked.delete(`${a}→${b}`)
    this.#blocked.delete(`${b}→${a}`)
    this.#retry()
  }

  healAll(): void {
    this.#blocked.clear()
    this.#retry()
  }

  /** Breaks every connection between the two with `ECONNRESET` on both sides; what is under way is lost. */
  reset(a: string, b: string): void {
    for (const connection of this.#connections()) {
      const { local, remote } = connection
      if ((local.host === a && remote.host === b) || (local.host === b && remote.host === a)) {
        connection.break('ECONNRESET')
      }
    }
  }

  isBlocked(from: string, to: string): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${from}→${to}`)
  }

  drawLatencyMs(): number {
    return this.#minLatencyMs + (this.#latencySpanMs === 0 ? 0 : this.random.int(this.#latencySpanMs + 1))
  }

  #retry(): void {
    for (const connection of this.#connections()) connection.retry()
  }

  #connections(): SimulatedConnection[] {
    return Array.from(this.#hosts.values()).flatMap((host) => host.connections())
  }
}
