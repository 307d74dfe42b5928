import type { Clock, Timer } from '@cometmq/platform'
import type { Peer } from '@cometmq/remoting'
import type { TagMatcher } from '../messaging/subscription-check.ts'

/** Any queue of the topic. */
export const anyQueue = -1
/** Every so many messages of a queue wake somebody whose filter does not match: it then gets further in the queue. Source: PopLongPollingService of Apache RocketMQ. */
const wakeUnmatchedEach = 800

/** A pop, or a wish to be told, that found nothing and waits. */
export interface HeldPop {
  readonly group: string
  readonly topic: string
  /** `anyQueue` or one. */
  readonly queueId: number
  /** On the monotonic scale. */
  readonly deadlineMs: number
  /** Woken then at the latest, to look again. */
  readonly lookAgainMs: number | undefined
  readonly matches: TagMatcher
  readonly peer: Peer
}

/** Why a hold ended: something came, it is time to look again, the time is up, the connection closed, or too many are held. */
export type HeldPopOutcome = 'arrived' | 'again' | 'expired' | 'closed' | 'full'

interface Waiting extends HeldPop {
  done: (outcome: HeldPopOutcome) => void
}

export interface HeldPopLimits {
  /** Of one group for one queue, or for any. */
  readonly perKey: number
  readonly total: number
}

type Groups = Map<string, Map<number, Set<Waiting>>>

/** Long polling of POP: of those that wait for the same, one is woken for each message, who waited longest first. */
export class HeldPops {
  readonly #clock: Clock
  readonly #limits: HeldPopLimits
  readonly #topics = new Map<string, Groups>()
  #size = 0

  constructor(clock: Clock, limits: HeldPopLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  sizeOf(group: string, topic: string, queueId: number): number {
    return this.#topics.get(topic)?.get(group)?.get(queueId)?.size ?? 0
  }

  /** The caller has seen in this same tick that there is nothing to take. */
  hold(pop: HeldPop): Promise<HeldPopOutcome> {
    const { group, topic, queueId } = pop
    if (this.#size >= this.#limits.total || this.sizeOf(group, topic, queueId) >= this.#limits.perKey)
      return Promise.resolve('full')
    return new Promise((resolve) => {
      const waiters = this.#waitersFor(pop)
      const now = this.#clock.monotonicMs()
      const endMs = Math.min(pop.deadlineMs, pop.lookAgainMs ?? Number.POSITIVE_INFINITY)
      let timer: Timer | undefined
      let stopWatching = () => {}
      const waiting: Waiting = {
        ...pop,
        done: (outcome) => {
          if (!waiters.delete(waiting)) return
          this.#size--
          this.#forget(topic, group, queueId)
          timer?.cancel()
          stopWatching()
          resolve(outcome)
        },
      }
      this.#size++
      waiters.add(waiting)
      timer = this.#clock.after(Math.max(endMs - now, 0), () =>
        waiting.done(endMs < pop.deadlineMs ? 'again' : 'expired'),
      )
      stopWatching = pop.peer.onClose(() => waiting.done('closed'))
    })
  }

  /** A message can be read: `maxOffset` is the queue's offset behind it. */
  arrived(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    if (this.#size === 0) return
    const groups = this.#topics.get(topic)
    if (groups === undefined) return
    const wakesAnyway = maxOffset % wakeUnmatchedEach === 0
    for (const queues of groups.values()) {
      wakeFirst(queues.get(anyQueue), tagsCode, wakesAnyway)
      wakeFirst(queues.get(queueId), tagsCode, wakesAnyway)
    }
  }

  /** There may be something for the group, whatever its filter: wakes one who waits for any queue, and one who waits for this. */
  wake(group: string, topic: string, queueId: number): void {
    const queues = this.#topics.get(topic)?.get(group)
    wakeFirst(queues?.get(anyQueue), 0, true)
    if (queueId !== anyQueue) wakeFirst(queues?.get(queueId), 0, true)
  }

  /** A message can be popped again: wakes one who waits for any queue, and one for each. */
  wakeGroup(group: string, topic: string): void {
    for (const waiters of [...(this.#topics.get(topic)?.get(group)?.values() ?? [])]) wakeFirst(waiters, 0, true)
  }

  /** All look again: the topic was deleted, or an administrator has set an offset. */
  wakeAll(topic: string, group?: string): void {
    for (const [name, queues] of [...(this.#topics.get(topic) ?? [])]) {
      if (group !== undefined && name !== group) continue
      for (const waiters of [...queues.values()]) for (const waiting of [...waiters]) waiting.done('arrived')
    }
  }

  /** Lets all go, as if their time were up. */
  close(): void {
    for (const groups of [...this.#topics.values()])
      for (const queues of [...groups.values()])
        for (const waiters of [...queues.values()]) for (const waiting of [...waiters]) waiting.done('expired')
  }

  #waitersFor({ topic, group, queueId }: HeldPop): Set<Waiting> {
    let groups = this.#topics.get(topic)
    if (groups === undefined) this.#topics.set(topic, (groups = new Map()))
    let queues = groups.get(group)
    if (queues === undefined) groups.set(group, (queues = new Map()))
    let waiters = queues.get(queueId)
    if (waiters === undefined) queues.set(queueId, (waiters = new Set()))
    return waiters
  }

  #forget(topic: string, group: string, queueId: number): void {
    const groups = this.#topics.get(topic)
    const queues = groups?.get(group)
    if (queues?.get(queueId)?.size !== 0) return
    queues.delete(queueId)
    if (queues.size === 0) groups!.delete(group)
    if (groups!.size === 0) this.#topics.delete(topic)
  }
}

function wakeFirst(waiters: ReadonlySet<Waiting> | undefined, tagsCode: number, whatever: boolean): void {
  for (const waiting of waiters ?? []) {
    if (!whatever && waiting.matches !== undefined && !waiting.matches(tagsCode)) continue
    return waiting.done('arrived')
  }
}
