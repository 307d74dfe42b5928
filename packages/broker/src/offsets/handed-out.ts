import type { Clock, Timer } from '@cometmq/platform'
import { brokerLimits } from '../limits.ts'

/** Reads are counted at these distances; a rate is over the last minute. Source: StatsItem of Apache RocketMQ. */
const sampleMs = 10_000
const samplesOfMinute = 7

interface Sample {
  readonly atMs: number
  readonly messages: number
}

/** What a group has read of a topic. */
class Reading {
  messages = 0
  /** Reads that found some. */
  reads = 0
  /** By queue: behind the last message that was handed out. */
  readonly nextOffsets: number[] = []
  /** The newest is the last. */
  readonly samples: Sample[] = []
}

/**
 * What was handed out to groups since the broker started: how fast, and how far in each queue, which may be further than what they have committed. For administrators; a group that is one too many
 * is not counted.
 */
export class HandedOut {
  /** By topic, then by group: looked up with every pull that finds something, without making a key. */
  readonly #readings = new Map<string, Map<string, Reading>>()
  readonly #clock: Clock
  readonly #timer: Timer
  #size = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#timer = clock.every(sampleMs, () => this.#sample())
  }

  note(group: string, topic: string, queueId: number, nextOffset: number, messages: number): void {
    const reading = this.#readings.get(topic)?.get(group) ?? this.#begin(group, topic)
    if (reading === undefined) return
    reading.messages += messages
    reading.reads++
    reading.nextOffsets[queueId] = nextOffset
  }

  /** Behind the last message that was handed out; `undefined` when none was. */
  nextOffset(group: string, topic: string, queueId: number): number | undefined {
    return this.#readings.get(topic)?.get(group)?.nextOffsets[queueId]
  }

  /** Messages per second. */
  rate(group: string, topic: string): number {
    const samples = this.#readings.get(topic)?.get(group)?.samples ?? []
    const [oldest, newest] = [samples[0], samples.at(-1)]
    if (oldest === undefined || newest === undefined || newest.atMs === oldest.atMs) return 0
    return ((newest.messages - oldest.messages) * 1_000) / (newest.atMs - oldest.atMs)
  }

  /** How much each group was given of each topic. */
  *all(): Generator<{ topic: string; group: string; messages: number; reads: number }> {
    for (const [topic, groups] of this.#readings)
      for (const [group, { messages, reads }] of groups) yield { topic, group, messages, reads }
  }

  removeTopic(topic: string): void {
    this.#size -= this.#readings.get(topic)?.size ?? 0
    this.#readings.delete(topic)
  }

  removeGroup(group: string): void {
    for (const [topic, groups] of this.#readings) {
      if (!groups.delete(group)) continue
      this.#size--
      if (groups.size === 0) this.#readings.delete(topic)
    }
  }

  close(): void {
    this.#timer.cancel()
  }

  #begin(group: string, topic: string): Reading | undefined {
    if (this.#size >= brokerLimits.countedReaders) return undefined
    let groups = this.#readings.get(topic)
    if (groups === undefined) this.#readings.set(topic, (groups = new Map()))
    const reading = new Reading()
    groups.set(group, reading)
    this.#size++
    return reading
  }

  #sample(): void {
    const atMs = this.#clock.monotonicMs()
    for (const groups of this.#readings.values()) {
      for (const { samples, messages } of groups.values()) {
        samples.push({ atMs, messages })
        if (samples.length > samplesOfMinute) samples.shift()
      }
    }
  }
}
