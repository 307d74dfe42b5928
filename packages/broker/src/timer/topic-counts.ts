import type { Clock } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { Refusal } from '@cometmq/remoting'
import { humanBytes } from '@cometmq/store'
import { brokerLimits } from '../limits.ts'
import type { Timers } from './timers.ts'

/** Of the time that passes counting takes this part at most. */
const countingShare = 1 / 20

/** What was counted, and when. */
export interface TopicCount {
  readonly atMs: number
  /** How often it was counted since the broker started. */
  readonly round: number
  /** By the hash of the topic's name, which is what the timer log has of it. */
  readonly waiting: ReadonlyMap<number, number>
}

/** How many messages wait for each topic: counted from the timer log when somebody asks, because nobody mostly does. Who asks again soon is told what was counted last. */
export class TopicCounts {
  readonly #timers: Timers
  readonly #clock: Clock
  #last: TopicCount | undefined
  #counting: Promise<TopicCount> | undefined
  #nextAtMs = 0

  constructor(timers: Timers, clock: Clock) {
    this.#timers = timers
    this.#clock = clock
  }

  /** Rejects when the timer log cannot be read, or is too long. */
  async get(): Promise<TopicCount> {
    if (this.#last !== undefined && this.#clock.monotonicMs() < this.#nextAtMs) return this.#last
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined
    })
    return this.#counting
  }

  async #count(): Promise<TopicCount> {
    const clock = this.#clock
    const { logBytes } = this.#timers
    if (logBytes > brokerLimits.countedTimerLogBytes) {
      const remark = `the timer log has ${humanBytes(logBytes)}, and up to ${humanBytes(brokerLimits.countedTimerLogBytes)} are counted: timerCongestNum of brokerStatus has the number of all topics`
      throw new Refusal(responseCode.SYSTEM_ERROR, remark)
    }
    const startMs = clock.monotonicMs()
    const waiting = new Map<number, number>()
    await this.#timers.eachWaiting(({ topicHash }) => waiting.set(topicHash, (waiting.get(topicHash) ?? 0) + 1))
    const endMs = clock.monotonicMs()
    this.#nextAtMs = endMs + (endMs - startMs) / countingShare
    this.#last = { atMs: clock.now(), round: (this.#last?.round ?? 0) + 1, waiting }
    return this.#last
  }
}
