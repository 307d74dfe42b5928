import type { Clock, Logger, Timer } from '@cometmq/platform'
import type { Peer } from '@cometmq/remoting'
import type { Departures } from './departures.ts'
import { brokersOver, silentBrokers } from './routing/liveness.ts'
import type { LiveBroker, RouteTable } from './routing/route-table.ts'

/**
 * Notices brokers that went without a word: at once when the connection of their last registration closes, after their heartbeat timeout when
 * it stays open and silent.
 */
export class BrokerWatch {
  readonly #table: RouteTable
  readonly #departures: Departures
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #watched = new WeakSet<Peer>()
  #scan: Timer | undefined

  constructor(world: { table: RouteTable; departures: Departures; clock: Clock; logger: Logger }) {
    this.#table = world.table
    this.#departures = world.departures
    this.#clock = world.clock
    this.#logger = world.logger
  }

  start(scanIntervalMs: number): void {
    this.#scan = this.#clock.every(scanIntervalMs, () => this.#expire())
  }

  /** From now on the brokers that registered over this connection leave when it closes. */
  watch(peer: Peer): void {
    if (this.#watched.has(peer)) return
    this.#watched.add(peer)
    peer.onClose(() => this.#leave(brokersOver(this.#table, peer), 'a broker left: its connection closed'))
  }

  stop(): void {
    this.#scan?.cancel()
  }

  #expire(): void {
    const silent = silentBrokers(this.#table, this.#clock.monotonicMs())
    if (silent.length === 0) return
    this.#leave(silent, 'a broker left: it was silent for longer than its heartbeat timeout')
    this.#departures.settle()
    for (const { connection } of silent) {
      // Differs: RouteInfoManager closes the connection even when other brokers of it are well.
      if (brokersOver(this.#table, connection).length === 0) connection.destroy()
    }
  }

  #leave(brokers: readonly LiveBroker[], reason: string): void {
    for (const { cluster, brokerName, brokerId, brokerAddress, heartbeatTimeoutMs } of brokers) {
      this.#logger.warn({ cluster, brokerName, brokerId, brokerAddress, heartbeatTimeoutMs }, reason)
    }
    this.#departures.gone(brokers)
  }
}
