import { BoundedQueue, type Clock } from '@cometmq/platform'
import type { MinIdChange } from './routing/min-id-change.ts'
import type { BrokerIdentity, RouteTable } from './routing/route-table.ts'
import { unregister } from './routing/unregistration.ts'

interface Departure {
  readonly broker: BrokerIdentity
  readonly applied: () => void
}

/**
 * Brokers that are to leave the table, gathered over one tick: a cluster that shuts down costs one pass over the topics instead of one for
 * each broker. Whoever is about to change the table for a broker settles the departures first, so that a broker that leaves and comes back
 * within a tick stays.
 */
export class Departures {
  readonly #table: RouteTable
  readonly #clock: Clock
  readonly #queue: BoundedQueue<Departure>
  readonly #onMinIdChange: (change: MinIdChange) => void

  constructor(
    options: { capacity: number; onMinIdChange: (change: MinIdChange) => void },
    world: { table: RouteTable; clock: Clock },
  ) {
    this.#table = world.table
    this.#clock = world.clock
    this.#queue = new BoundedQueue(options.capacity)
    this.#onMinIdChange = options.onMinIdChange
  }

  get capacity(): number {
    return this.#queue.capacity
  }

  /** Resolves when the broker has left; `undefined` when too many are leaving and this one must ask again. */
  submit(broker: BrokerIdentity): Promise<void> | undefined {
    let applied!: () => void
    const departed = new Promise<void>((resolve) => {
      applied = resolve
    })
    return this.#offer({ broker, applied }) ? departed : undefined
  }

  /** Brokers that were found to be gone. Nobody would ask again for them, so that a full queue is settled instead. */
  gone(brokers: readonly BrokerIdentity[]): void {
    for (const broker of brokers) {
      if (this.#queue.size === this.#queue.capacity) this.settle()
      this.#offer({ broker, applied: () => {} })
    }
  }

  /** Applies all of them now. */
  settle(): void {
    if (this.#queue.size === 0) return
    const departures: Departure[] = []
    for (let next = this.#queue.poll(); next !== undefined; next = this.#queue.poll()) departures.push(next)
    const changes = unregister(
      this.#table,
      departures.map(({ broker }) => broker),
    )
    for (const { applied } of departures) applied()
    for (const change of changes) this.#onMinIdChange(change)
  }

  #offer(departure: Departure): boolean {
    if (!this.#queue.offer(departure)) return false
    if (this.#queue.size === 1) this.#clock.endOfTick(() => this.settle())
    return true
  }
}
