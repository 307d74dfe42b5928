import type { GeneratorProcess } from './generator/generator-process.ts'
import type { LoadResult } from './generator/job.ts'
import { memory } from './process-figures.ts'
import type { Figures } from './report/measurement.ts'
import type { RunningServer } from './servers/server.ts'
import { connections, type LoadWorkload, topicQueues } from './workloads.ts'

/** Pulls that wait while a tail workload sends: one a queue. */
const tailPulls = topicQueues
const fillInFlight = 256

export interface RoundTiming {
  readonly leadInSeconds: number
  readonly windowSeconds: number
}

/** Runs workloads on one server, and remembers how many messages it put into which topic. */
export class ServerLoad {
  readonly #server: RunningServer
  readonly #generator: GeneratorProcess
  readonly #storedByTopic = new Map<string, number>()

  constructor(server: RunningServer, generator: GeneratorProcess) {
    this.#server = server
    this.#generator = generator
  }

  /** Stores what a read workload reads; without effect where that was done. */
  async prepare(workload: LoadWorkload, storedMessages: number): Promise<void> {
    if (workload.kind === 'read') await this.#fill(readTopic(workload), workload.bodyBytes, storedMessages)
  }

  /** Load whose figures nobody wants, stalls included. */
  async warmUp(workload: LoadWorkload, seconds: number, storedMessages: number): Promise<void> {
    await this.prepare(workload, storedMessages)
    await this.#run(workload, 'warm-up', { leadInSeconds: 0, windowSeconds: seconds })
  }

  async round(workload: LoadWorkload, round: string, timing: RoundTiming): Promise<Figures> {
    const result = await this.#run(workload, round, timing)
    return figuresOf(result, workload, memory(this.#server.pids()))
  }

  async #run(workload: LoadWorkload, round: string, timing: RoundTiming): Promise<LoadResult> {
    const { bodyBytes, inFlight } = workload
    if (workload.kind === 'send') {
      const topic = `bench-${workload.name}`
      return this.#generator.run({ kind: 'send', ...this.#target(topic), ...timing, bodyBytes, inFlight })
    }
    if (workload.kind === 'read') {
      const topic = readTopic(workload)
      const storedMessages = this.#storedByTopic.get(topic) ?? 0
      const pullsInFlight = inFlight
      return this.#generator.run({
        kind: 'read',
        ...this.#target(topic),
        ...timing,
        bodyBytes,
        pullsInFlight,
        storedMessages,
      })
    }
    // A topic of its own for each round, with one message a queue so that it exists before the pulls begin to wait.
    const topic = `bench-${workload.name}-${round}`
    await this.#fill(topic, bodyBytes, topicQueues)
    const job = { ...this.#target(topic), ...timing, bodyBytes, inFlight }
    return this.#generator.run({ kind: 'tail', ...job, pullsInFlight: tailPulls, storedMessages: topicQueues })
  }

  async #fill(topic: string, bodyBytes: number, messages: number): Promise<void> {
    if (this.#storedByTopic.has(topic)) return
    const inFlight = Math.min(fillInFlight, messages)
    await this.#generator.run({ kind: 'fill', ...this.#target(topic), bodyBytes, inFlight, messages })
    this.#storedByTopic.set(topic, messages)
  }

  #target(topic: string) {
    const { host, brokerPort } = this.#server
    return { host, port: brokerPort, topic, topicQueues, connections, serverPids: this.#server.pids() }
  }
}

/** Read workloads of the same size share what is stored. */
function readTopic(workload: LoadWorkload): string {
  return `bench-stored-${workload.bodyBytes}`
}

function figuresOf(result: LoadResult, workload: LoadWorkload, held: { anonymousMb: number; peakMb: number }): Figures {
  const { messages, seconds, latency } = result
  if (messages === 0) throw new Error('not one message went through while the window was open')
  return {
    messagesPerSecond: messages / seconds,
    mbPerSecond: (messages * workload.bodyBytes) / seconds / 1e6,
    p50Ms: latency.p50Ms,
    p99Ms: latency.p99Ms,
    p999Ms: latency.p999Ms,
    maxMs: latency.maxMs,
    serverCpuSecondsPerMillion: (result.serverCpuSeconds / messages) * 1e6,
    generatorCpuSecondsPerMillion: (result.generatorCpuSeconds / messages) * 1e6,
    anonymousMb: held.anonymousMb,
    peakMb: held.peakMb,
    otherCores: result.otherCpuSeconds / seconds,
    refused: result.refused,
  }
}
