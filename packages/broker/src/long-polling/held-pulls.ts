import type { Clock, Timer } from '@cometmq/platform'
import type { Peer } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'

/** A pull that found nothing and waits for a message of its queue. */
export interface HeldPull {
  topic: string
  queueId: number
  group: string
  /** The offset it wants to read from. */
  offset: number
  holdMs: number
  /** Whether a message with that tag hash is wanted. */
  matches: ((tagsCode: number) => boolean) | undefined
  peer: Peer
}

interface Waiting extends HeldPull {
  deadlineMs: number
  done: (outcome: HoldOutcome) => void
}

/** Why a hold ended: a message came, the time is up, the connection closed, too many are held, the topic was deleted, or the group is to go on elsewhere. */
export type HoldOutcome = 'arrived' | 'expired' | 'closed' | 'full' | 'deleted' | 'reset'

/** Long polling: holds pulls by queue and lets them go in the tick in which a message arrives that they want. */
export class HeldPulls {
  /** How many are held at most. */
  readonly limit: number
  readonly #clock: Clock
  readonly #queues = new Map<string, Set<Waiting>>()
  readonly #timer: Timer
  #size = 0

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.limit = limit
    this.#timer = clock.every(brokerLimits.holdScanMs, () => this.#expire())
  }

  get size(): number {
    return this.#size
  }

  /** The caller has seen in this same tick that there is nothing to read. */
  hold(pull: HeldPull): Promise<HoldOutcome> {
    if (this.#size >= this.limit) return Promise.resolve('full')
    return new Promise((resolve) => {
      const key = keyOf(pull.topic, pull.queueId)
      let queue = this.#queues.get(key)
      if (queue === undefined) this.#queues.set(key, (queue = new Set()))
      const held = queue
      let stopWatching = () => {}
      const deadlineMs = this.#clock.monotonicMs() + Math.min(Math.max(pull.holdMs, 0), brokerLimits.holdMs)
      const waiting: Waiting = {
        ...pull,
        deadlineMs,
        done: (outcome) => {
          if (!held.delete(waiting)) return
          this.#size--
          if (held.size === 0) this.#queues.delete(key)
          stopWatching()
          resolve(outcome)
        },
      }
      this.#size++
      held.add(waiting)
      stopWatching = pull.peer.onClose(() => waiting.done('closed'))
    })
  }

  /** A message can be read: `maxOffset` is the queue's offset behind it. */
  arrived(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    if (this.#size === 0) return
    const queue = this.#queues.get(keyOf(topic, queueId))
    if (queue === undefined) return
    for (const waiting of queue) {
      if (maxOffset > waiting.offset && (waiting.matches === undefined || waiting.matches(tagsCode)))
        waiting.done('arrived')
    }
  }

  /** The topic is no more: lets its pulls go. */
  topicDeleted(topic: string): void {
    for (const queue of [...this.#queues.values()]) {
      for (const waiting of [...queue]) if (waiting.topic === topic) waiting.done('deleted')
    }
  }

  /** The group is to go on from another offset of the queue: lets its pulls go. */
  offsetReset(group: string, topic: string, queueId: number): void {
    for (const waiting of [...(this.#queues.get(keyOf(topic, queueId)) ?? [])])
      if (waiting.group === group) waiting.done('reset')
  }

  /** Lets all go, as if their time were up. */
  close(): void {
    this.#timer.cancel()
    for (const queue of [...this.#queues.values()]) for (const waiting of [...queue]) waiting.done('expired')
  }

  #expire(): void {
    const now = this.#clock.monotonicMs()
    for (const queue of this.#queues.values()) {
      for (const waiting of queue) if (waiting.deadlineMs <= now) waiting.done('expired')
    }
  }
}

const keyOf = (topic: string, queueId: number) => `${topic}@${queueId}`
