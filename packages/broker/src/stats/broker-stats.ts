import type { Clock, Timer } from '@cometmq/platform'
import type { MessageStore } from '@cometmq/store'
import { brokerLimits } from '../limits.ts'
import type { HandedOut } from '../offsets/handed-out.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { type Counted, type Figures, SampleTimes, StatWindows, unchanging, type Window } from './stat-windows.ts'

const sampleMs = 10_000
/** Samples of the minute between two of the hour, and of the day. */
const roundsPerHourSample = 60
const roundsPerDaySample = 360

export interface BrokerStatsDeps {
  store: MessageStore
  topics: TopicTable
  handedOut: HandedOut
  options: { readonly clusterName: string }
  clock: Clock
}

/** One name of statistics with a key, as `TOPIC_PUT_NUMS` of a topic. */
interface Item {
  readonly windows: StatWindows
  last: number
}

/**
 * Statistics by name: how much was sent to topics, read by groups, returned by them, over the last minute, hour and day. Nothing is counted when a message comes: every 10 s the
 * offsets of queues, and what groups were given, are looked at, some queues a turn. Source of names and windows: BrokerStatsManager of Apache RocketMQ.
 */
export class BrokerStats {
  readonly #deps: BrokerStatsDeps
  readonly #items = new Map<string, Item>()
  /** What topics without traffic so far held when they were first looked at. */
  #unmoved = new Map<string, number>()
  readonly #returned = new Map<string, number>()
  readonly #times = new SampleTimes()
  #timer: Timer
  #rounds = 0

  constructor(deps: BrokerStatsDeps) {
    this.#deps = deps
    const now = deps.clock.monotonicMs()
    for (const window of ['minute', 'hour', 'day'] as const) this.#times.add(window, now)
    // What there is already is not traffic.
    this.#timer = deps.clock.after(0, () => this.#look(this.#messagesByTopic(), () => this.#wait()))
  }

  /** A consumer has returned a message of the topic. */
  returned(topic: string, group: string): void {
    const key = `${topic}@${group}`
    const count = this.#returned.get(key)
    if (count === undefined && this.#returned.size >= brokerLimits.statItems) return
    this.#returned.set(key, (count ?? 0) + 1)
  }

  /** `undefined` when nothing of that name and key was counted yet. */
  view(name: string, key: string): Figures | undefined {
    return this.#items.get(`${name} ${key}`)?.windows.figures(this.#times) ?? this.#behind(name, key)
  }

  /** How far behind a group was in a queue when it read there last: the same figure in each window. */
  #behind(name: string, key: string): Figures | undefined {
    if (name !== 'GROUP_GET_FALL_SIZE' && name !== 'GROUP_GET_FALL_TIME') return undefined
    const [, queueId, topic, group] = /^(\d{1,9})@([^@]+)@(.+)$/.exec(key) ?? []
    const behind = queueId === undefined ? undefined : this.#deps.handedOut.behind(group!, topic!, Number(queueId))
    return behind && unchanging(name === 'GROUP_GET_FALL_SIZE' ? behind.bytes : behind.ms)
  }

  close(): void {
    this.#timer.cancel()
  }

  #wait(): void {
    this.#timer = this.#deps.clock.after(sampleMs, () => this.#sample())
  }

  #sample(): void {
    const now = this.#deps.clock.monotonicMs()
    this.#rounds++
    const windows: Window[] = ['minute']
    if (this.#rounds % roundsPerHourSample === 0) windows.push('hour')
    if (this.#rounds % roundsPerDaySample === 0) windows.push('day')
    for (const window of windows) this.#times.add(window, now)
    const seen = new Set<string>()
    this.#look(this.#counters(windows, seen), () => {
      for (const name of this.#items.keys()) if (!seen.has(name)) this.#items.delete(name)
      this.#wait()
    })
  }

  /** Takes the steps of `round`, some in each turn of the event loop. */
  #look(round: Generator<void>, done: () => void): void {
    for (let steps = 0; steps < brokerLimits.statStepsPerTurn; steps++) if (round.next().done) return done()
    this.#timer = this.#deps.clock.after(1, () => this.#look(round, done))
  }

  /** A topic's messages, as its queues count them; a step for each queue. */
  *#messagesOf(topic: string, queues: number): Generator<void, number> {
    let messages = 0
    for (let queueId = 0; queueId < queues; queueId++) {
      messages += Math.max(this.#deps.store.maxOffset(topic, queueId), 0)
      yield
    }
    return messages
  }

  *#messagesByTopic(): Generator<void> {
    for (const { topicName, readQueueNums, writeQueueNums } of this.#deps.topics.all())
      this.#unmoved.set(topicName, yield* this.#messagesOf(topicName, Math.max(readQueueNums, writeQueueNums)))
  }

  *#counters(windows: readonly Window[], seen: Set<string>): Generator<void> {
    const { store, topics, handedOut, options } = this.#deps
    const note = (name: string, counted: Counted, before?: Counted) => {
      if (this.#note(name, windows, counted, before)) seen.add(name)
    }
    const unmoved = new Map<string, number>()
    for (const { topicName, readQueueNums, writeQueueNums } of topics.all()) {
      const messages = yield* this.#messagesOf(topicName, Math.max(readQueueNums, writeQueueNums))
      const before = this.#unmoved.get(topicName) ?? 0
      const name = `TOPIC_PUT_NUMS ${topicName}`
      if (messages === before && !this.#items.has(name)) unmoved.set(topicName, messages)
      else
        note(
          name,
          { sum: messages, acts: messages },
          { sum: Math.min(before, messages), acts: Math.min(before, messages) },
        )
    }
    this.#unmoved = unmoved
    for (const { topic, group, messages, reads, checkPoints, acks } of handedOut.all()) {
      if (reads > 0) note(`GROUP_GET_NUMS ${topic}@${group}`, { sum: messages, acts: reads })
      if (checkPoints > 0) note(`GROUP_CK_NUMS ${topic}@${group}`, { sum: checkPoints, acts: checkPoints })
      if (acks > 0) note(`GROUP_ACK_NUMS ${topic}@${group}`, { sum: acks, acts: acks })
      yield
    }
    for (const [key, count] of this.#returned) {
      note(`SNDBCK_PUT_NUMS ${key}`, { sum: count, acts: count })
      yield
    }
    const { putMessages, readMessages, foundReads } = store.state
    note(`BROKER_PUT_NUMS ${options.clusterName}`, { sum: putMessages, acts: putMessages })
    note(`BROKER_GET_NUMS ${options.clusterName}`, { sum: readMessages, acts: foundReads })
    const { checkPoints, acks } = handedOut
    note(`BROKER_CK_NUMS ${options.clusterName}`, { sum: checkPoints, acts: checkPoints })
    note(`BROKER_ACK_NUMS ${options.clusterName}`, { sum: acks, acts: acks })
  }

  /** False when there is no room for one more. A counter that fell is another one: its topic was deleted and made again. */
  #note(name: string, windows: readonly Window[], counted: Counted, before: Counted = { sum: 0, acts: 0 }): boolean {
    let item = this.#items.get(name)
    if (item !== undefined && counted.sum < item.last) {
      this.#items.delete(name)
      item = undefined
    }
    if (item === undefined) {
      if (this.#items.size >= brokerLimits.statItems) return false
      item = { windows: new StatWindows(before), last: 0 }
      this.#items.set(name, item)
    }
    item.last = counted.sum
    for (const window of windows) item.windows.add(window, counted)
    return true
  }
}
