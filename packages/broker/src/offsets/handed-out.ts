import type { Clock, Timer } from '@cometmq/platform'
import { brokerLimits } from '../limits.ts'

/** Reads are counted at these distances; a rate is over the last minute. Source: StatsItem of Apache RocketMQ. */
const sampleMs = 10_000
const samplesOfMinute = 7

interface Sample {
  readonly atMs: number
  readonly messages: number
}

/** How far behind a group was in a queue when it read there last. */
export interface Behind {
  readonly topic: string
  readonly group: string
  readonly queueId: number
  /** From the message to the end of the log. */
  readonly bytes: number
  /** Age of the message. */
  readonly ms: number
}

/** What a group has read of a topic. */
class Reading {
  messages = 0
  /** Reads that found some. */
  reads = 0
  /** Check points of what was popped, and acknowledged messages. */
  checkPoints = 0
  acks = 0
  /** By queue: behind the last message that was handed out. */
  readonly nextOffsets: number[] = []
  /** By queue: how far behind the end of the log the last message was, in bytes, and how old it was, in milliseconds, when it was handed out. */
  readonly behindBytes: number[] = []
  readonly behindMs: number[] = []
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
  /** Of all groups. */
  checkPoints = 0
  acks = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#timer = clock.every(sampleMs, () => this.#sample())
  }

  /** `behindBytes`: from the last message to the end of the log. `behindMs`: its age. */
  note(
    group: string,
    topic: string,
    queueId: number,
    nextOffset: number,
    messages: number,
    behindBytes = 0,
    behindMs = 0,
  ): void {
    const reading = this.#readings.get(topic)?.get(group) ?? this.#begin(group, topic)
    if (reading === undefined) return
    reading.messages += messages
    reading.reads++
    reading.nextOffsets[queueId] = nextOffset
    reading.behindBytes[queueId] = behindBytes
    reading.behindMs[queueId] = behindMs
  }

  /** A check point of what the group has popped is stored. */
  noteCheckPoint(group: string, topic: string): void {
    const reading = this.#readings.get(topic)?.get(group) ?? this.#begin(group, topic)
    if (reading === undefined) return
    reading.checkPoints++
    this.checkPoints++
  }

  /** The group has acknowledged messages that it had popped. */
  noteAcks(group: string, topic: string, messages: number): void {
    const reading = this.#readings.get(topic)?.get(group) ?? this.#begin(group, topic)
    if (reading === undefined) return
    reading.acks += messages
    this.acks += messages
  }

  /** Behind the last message that was handed out; `undefined` when none was. */
  nextOffset(group: string, topic: string, queueId: number): number | undefined {
    return this.#readings.get(topic)?.get(group)?.nextOffsets[queueId]
  }

  /** How far behind the group was when it last read in this queue; `undefined` when it never did. */
  behind(group: string, topic: string, queueId: number): Behind | undefined {
    const reading = this.#readings.get(topic)?.get(group)
    return reading && behindIn(reading, topic, group, queueId)
  }

  /** The same of all groups and queues. */
  *allBehind(): Generator<Behind> {
    for (const [topic, groups] of this.#readings)
      for (const [group, reading] of groups)
        for (const queueId of reading.nextOffsets.keys()) {
          const behind = behindIn(reading, topic, group, queueId)
          if (behind !== undefined) yield behind
        }
  }

  /** How far behind the group was is not of interest any more. */
  forgetBehind(group: string): void {
    for (const groups of this.#readings.values()) {
      const reading = groups.get(group)
      if (reading === undefined) continue
      reading.behindBytes.length = 0
      reading.behindMs.length = 0
    }
  }

  /** Messages per second. */
  rate(group: string, topic: string): number {
    const samples = this.#readings.get(topic)?.get(group)?.samples ?? []
    const [oldest, newest] = [samples[0], samples.at(-1)]
    if (oldest === undefined || newest === undefined || newest.atMs === oldest.atMs) return 0
    return ((newest.messages - oldest.messages) * 1_000) / (newest.atMs - oldest.atMs)
  }

  /** How much each group was given of each topic. */
  *all(): Generator<Pick<Reading, 'messages' | 'reads' | 'checkPoints' | 'acks'> & { topic: string; group: string }> {
    for (const [topic, groups] of this.#readings)
      for (const [group, { messages, reads, checkPoints, acks }] of groups)
        yield { topic, group, messages, reads, checkPoints, acks }
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

function behindIn(
  { behindBytes, behindMs }: Reading,
  topic: string,
  group: string,
  queueId: number,
): Behind | undefined {
  const bytes = behindBytes[queueId]
  return bytes === undefined ? undefined : { topic, group, queueId, bytes, ms: behindMs[queueId]! }
}
