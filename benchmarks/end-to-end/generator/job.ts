/** What the runner asks of the generator's process, and what it hears back. Both travel as JSON over the IPC channel. */
import type { Special } from '../workloads.ts'
import type { LatencySummary } from './latency-histogram.ts'
import type { Series } from './time-series.ts'

export type Protocol = 'rocketmq' | 'nats' | 'redis' | 'amqp' | 'kafka'

interface Target {
  readonly protocol: Protocol
  readonly host: string
  readonly port: number
  /** More than one when the server is several brokers, which all have the topic: sends are spread over them. */
  readonly ports?: readonly number[]
  /** For servers with several kinds of queues. */
  readonly queueType?: string | undefined
  readonly topic: string
  readonly topicQueues: number
  readonly connections: number
  /** The processes whose CPU time counts as the server's. */
  readonly serverPids: readonly number[]
  readonly bodyBytes: number
  readonly special?: Special | undefined
}

interface Timing {
  /** Load that is not counted, before the window opens. */
  readonly leadInSeconds: number
  readonly windowSeconds: number
}

/** Sends as fast as replies come, `inFlight` frames of `batch` messages at a time. */
export interface SendJob extends Target, Timing {
  readonly kind: 'send'
  readonly inFlight: number
  readonly batch: number
}

/** Sends this many messages and no more, to have something to read. */
export interface FillJob extends Target {
  readonly kind: 'fill'
  readonly inFlight: number
  readonly batch: number
  readonly messages: number
}

/** Reads a filled topic: once through to count it, then over and over for the length of the window. */
export interface ReadJob extends Target, Timing {
  readonly kind: 'read'
  /** A multiple of the topic's queues: each pull in flight is a reader of its own, each set of queues a group of its own. */
  readonly pullsInFlight: number
  readonly storedMessages: number
}

/** Reads a filled topic once through; the window is as long as that takes. */
export interface DrainJob extends Target {
  readonly kind: 'drain'
  readonly pullsInFlight: number
  readonly storedMessages: number
  readonly withinSeconds: number
}

/** Sends while held pulls wait at the end of every queue; the latency is from before the send to after the receipt. */
export interface TailJob extends Target, Timing {
  readonly kind: 'tail'
  readonly inFlight: number
  readonly pullsInFlight: number
  readonly storedMessages: number
  /** Sends at this rate, whatever comes back, and counts latencies from when a send was meant; absent: as replies come. */
  readonly ratePerSecond?: number
}

export type Job = SendJob | FillJob | ReadJob | DrainJob | TailJob

export interface LoadResult {
  /** Messages acknowledged (send) or received (read, drain, tail) while the window was open. */
  readonly messages: number
  readonly seconds: number
  readonly latency: LatencySummary
  readonly series: Series
  /** Of the records received, as the store keeps them; 0 for sends. */
  readonly recordBytes: number
  readonly serverCpuSeconds: number
  readonly generatorCpuSeconds: number
  /** What the rest of the machine, kernel threads included, used meanwhile: a large figure means a disturbed round. */
  readonly otherCpuSeconds: number
  /** Requests refused by flow control; they are repeated and not counted as messages. */
  readonly refused: number
  /** All messages acknowledged from the start of the job to its end. */
  readonly acknowledged: number
  /** For a tail: the acknowledgements while the window was open, and how late the generator itself sent. */
  readonly sends?: { readonly messages: number; readonly latency: LatencySummary; readonly lateness?: LatencySummary }
}

export type JobAnswer = { readonly result: LoadResult } | { readonly error: string }
