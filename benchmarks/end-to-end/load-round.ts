import type { Job, LoadResult } from './generator/job.ts'
import type { LatencySummary } from './generator/latency-histogram.ts'
import { createTopic } from './generator/rocketmq/one-request.ts'
import type { Series } from './generator/time-series.ts'
import type { Generators } from './generators.ts'
import { MemorySampler, memory } from './process-figures.ts'
import type { Figures } from './report/measurement.ts'
import type { RunningServer, ServerKind } from './servers/server.ts'
import { countSystemCalls } from './system-calls.ts'
import { connections, type LoadWorkload, topicQueues } from './workloads.ts'

const fillInFlight = 64
const fillBatch = 32
const tracedSeconds = 2

export interface RoundTiming {
  readonly leadInSeconds: number
  readonly windowSeconds: number
}

export interface Round {
  readonly figures: Figures
  readonly series: Series
}

/** Runs workloads on one server, and remembers how many messages it put into which topic. */
export class ServerLoad {
  readonly #kind: ServerKind
  readonly #server: RunningServer
  readonly #instance: number
  readonly #generators: Generators
  readonly #storedByTopic = new Map<string, number>()
  readonly #created = new Set<string>()

  /** `instance` tells this start of the server from others on the same directory, whose topics are still there. */
  constructor(kind: ServerKind, server: RunningServer, instance: number, generators: Generators) {
    this.#instance = instance
    this.#kind = kind
    this.#server = server
    this.#generators = generators
  }

  /** Makes what a workload needs: what is to be read, or a topic of many queues. Without effect where that was done. */
  async prepare(workload: LoadWorkload, storedMessages: number): Promise<void> {
    if (workload.kind === 'read') await this.fill(this.#readTopic(workload), workload.bodyBytes, storedMessages)
    if (workload.queues === topicQueues || this.#created.has(workload.name)) return
    for (const port of this.#ports())
      await createTopic(this.#server.host, port, this.#topic(workload.name), workload.queues)
    this.#created.add(workload.name)
  }

  /** Load whose figures nobody wants, stalls included. */
  async warmUp(workload: LoadWorkload, seconds: number, storedMessages: number): Promise<void> {
    await this.prepare(workload, storedMessages)
    await this.#run(workload, 'warm-up', { leadInSeconds: 0, windowSeconds: seconds })
  }

  async round(workload: LoadWorkload, round: string, timing: RoundTiming): Promise<Round> {
    const sampler = new MemorySampler(this.#server.pids())
    try {
      const result = await this.#run(workload, round, timing)
      return {
        figures: figuresOf(result, workload, this.#server.pids(), sampler.peakAnonymousMb),
        series: result.series,
      }
    } finally {
      sampler.stop()
    }
  }

  /** System calls of the server per message, in a round of its own: being traced makes it slow. */
  async systemCallsPerMessage(workload: LoadWorkload): Promise<number> {
    const timing = { leadInSeconds: 0, windowSeconds: tracedSeconds }
    const work = async () => (await this.#run(workload, 'traced', timing)).messages
    return countSystemCalls(this.#server.pids(), work)
  }

  /** Stores this many messages once. */
  async fill(topic: string, bodyBytes: number, messages: number): Promise<void> {
    if (this.#storedByTopic.has(topic)) return
    const batch = this.#kind.protocol === 'rocketmq' && messages % fillBatch === 0 ? fillBatch : 1
    const inFlight = Math.min(fillInFlight, Math.ceil(messages / batch))
    const target = this.#target(topic, topicQueues, connections)
    await this.#generators.raw.run({ kind: 'fill', ...target, bodyBytes, inFlight, batch, messages })
    this.#storedByTopic.set(topic, messages)
  }

  /** Reads once all that was filled in, and tells how that went. */
  async drain(topic: string, bodyBytes: number, storedMessages: number, pullsInFlight: number, withinSeconds: number) {
    const target = this.#target(topic, topicQueues, connections)
    const job: Job = { kind: 'drain', ...target, bodyBytes, pullsInFlight, storedMessages, withinSeconds }
    return this.#generators.raw.run(job)
  }

  async #run(workload: LoadWorkload, round: string, timing: RoundTiming): Promise<LoadResult> {
    const { bodyBytes, inFlight, batch, queues, special } = workload
    const target = (topic: string) => ({ ...this.#target(topic, queues, workload.connections), special })
    if (workload.client === 'java') {
      const java = await this.#generators.java()
      const { host, namesrvPort } = this.#server
      if (namesrvPort === undefined) throw new Error('this server has no NameServer for the Java client')
      const about = {
        namesrv: `${host}:${namesrvPort}`,
        topic: this.#topic(workload.name),
        serverPids: this.#server.pids(),
      }
      return java.send({ ...about, ...timing, bodyBytes, inFlight })
    }
    const { raw } = this.#generators
    if (workload.kind === 'send')
      return raw.run({ kind: 'send', ...target(this.#topic(workload.name)), ...timing, bodyBytes, inFlight, batch })
    if (workload.kind === 'read') {
      const topic = this.#readTopic(workload)
      const job = { ...target(topic), ...timing, bodyBytes, pullsInFlight: inFlight }
      return raw.run({ kind: 'read', ...job, storedMessages: this.#storedByTopic.get(topic) ?? 0 })
    }
    // A topic of its own for each round, with one message a queue so that it exists before the pulls begin to wait.
    const topic = this.#topic(`${workload.name}-${round}`)
    await this.fill(topic, bodyBytes, topicQueues)
    const rate = workload.ratePerSecond === undefined ? {} : { ratePerSecond: workload.ratePerSecond }
    const job = { ...target(topic), ...timing, bodyBytes, inFlight, ...rate }
    return raw.run({
      kind: 'tail',
      ...job,
      pullsInFlight: workload.groups * topicQueues,
      storedMessages: topicQueues,
    })
  }

  #ports(): readonly number[] {
    return this.#server.brokerPorts ?? [this.#server.brokerPort]
  }

  #topic(name: string): string {
    return `bench-${this.#instance}-${name}`
  }

  /** Read workloads of the same size share what is stored. */
  #readTopic({ bodyBytes }: LoadWorkload): string {
    return this.#topic(`stored-${bodyBytes}`)
  }

  #target(topic: string, queues: number, connectionCount: number) {
    const { host, brokerPort } = this.#server
    const place = {
      protocol: this.#kind.protocol,
      host,
      port: brokerPort,
      ports: this.#ports(),
      queueType: this.#server.queueType,
    }
    return { ...place, topic, topicQueues: queues, connections: connectionCount, serverPids: this.#server.pids() }
  }
}

/** The figures of a job whose server runs as these processes. */
export function figuresOf(
  result: LoadResult,
  workload: { readonly bodyBytes: number },
  pids: readonly number[],
  peakAnonymousMb: number,
): Figures {
  const { messages, seconds, latency, sends } = result
  if (messages === 0) throw new Error('not one message went through while the window was open')
  const { anonymousMb, peakMb } = memory(pids)
  const beside: Figures =
    sends === undefined
      ? {}
      : {
          sendsPerSecond: sends.messages / seconds,
          sendP99Ms: sends.latency.p99Ms,
          ...(sends.lateness === undefined ? {} : { generatorLateP99Ms: sends.lateness.p99Ms }),
        }
  return {
    messagesPerSecond: messages / seconds,
    mbPerSecond: (messages * workload.bodyBytes) / seconds / 1e6,
    ...(latency.count > 0 && latencies(latency)),
    serverCpuSecondsPerMillion: (result.serverCpuSeconds / messages) * 1e6,
    generatorCpuSecondsPerMillion: (result.generatorCpuSeconds / messages) * 1e6,
    anonymousMb,
    peakAnonymousMb: Math.max(peakAnonymousMb, anonymousMb),
    peakMb,
    otherCores: result.otherCpuSeconds / seconds,
    refused: result.refused,
    ...beside,
  }
}

function latencies({ p50Ms, p99Ms, p999Ms, maxMs }: LatencySummary): Figures {
  return { p50Ms, p99Ms, p999Ms, maxMs }
}
