import type { Clock } from '@cometmq/platform'
import type { MessageQueue } from '@cometmq/protocol/bodies'
import { brokerLimits } from '../limits.ts'

interface Lock {
  clientId: string
  renewedMs: number
}

/**
 * Locks on queues for orderly consumption, by group: one client at a time, for 60 s since it last asked. In memory only: a restart of the
 * broker releases all, and clients ask again every 20 s.
 */
export class QueueLocks {
  readonly #clock: Clock
  readonly #groups = new Map<string, Map<string, Lock>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Locks that are kept, expired ones among them. */
  get size(): number {
    let size = 0
    for (const locks of this.#groups.values()) size += locks.size
    return size
  }

  /** Locks or renews what is free, expired or the client's own; returns those. */
  lock(group: string, clientId: string, queues: readonly MessageQueue[]): MessageQueue[] {
    let locks = this.#groups.get(group)
    if (locks === undefined) this.#groups.set(group, (locks = new Map()))
    const now = this.#clock.monotonicMs()
    return queues.filter((queue) => {
      const key = keyOf(queue)
      const held = locks.get(key)
      if (held !== undefined && held.clientId !== clientId && !isExpired(held, now)) return false
      locks.set(key, { clientId, renewedMs: now })
      return true
    })
  }

  /** Releases those of the queues that the client holds. */
  unlock(group: string, clientId: string, queues: readonly MessageQueue[]): void {
    const locks = this.#groups.get(group)
    if (locks === undefined) return
    for (const queue of queues) {
      const key = keyOf(queue)
      if (locks.get(key)?.clientId === clientId) locks.delete(key)
    }
    if (locks.size === 0) this.#groups.delete(group)
  }

  /** Forgets expired locks. What clients may hold is bounded by the queues they ask for in a minute. */
  expire(): void {
    const now = this.#clock.monotonicMs()
    for (const [group, locks] of this.#groups) {
      for (const [key, lock] of locks) if (isExpired(lock, now)) locks.delete(key)
      if (locks.size === 0) this.#groups.delete(group)
    }
  }

  /** Whether a client of the group holds any queue: the group is then consuming in order. */
  isHeldByAny(group: string): boolean {
    const now = this.#clock.monotonicMs()
    for (const lock of this.#groups.get(group)?.values() ?? []) if (!isExpired(lock, now)) return true
    return false
  }
}

const isExpired = (lock: Lock, now: number) => now - lock.renewedMs > brokerLimits.queueLockMs
const keyOf = ({ topic, brokerName, queueId }: MessageQueue) => `${topic}\u0000${brokerName}\u0000${queueId}`
