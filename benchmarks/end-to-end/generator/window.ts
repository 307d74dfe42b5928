import { cpuSeconds, machineBusySeconds } from '../process-figures.ts'
import type { LoadResult } from './job.ts'
import { LatencyHistogram } from './latency-histogram.ts'

interface Reading {
  readonly atMs: number
  readonly server: number
  readonly generator: number
  readonly machine: number
}

/** The part of a job that is measured: counts and latencies are taken while it is open, CPU time at both its ends. */
export class MeasuredWindow {
  /** Read for every reply, hence a plain field. */
  isOpen = false
  messages = 0
  refused = 0
  readonly latency = new LatencyHistogram()
  readonly #serverPids: readonly number[]
  #opened: Reading | undefined
  #closed: Reading | undefined

  constructor(serverPids: readonly number[]) {
    this.#serverPids = serverPids
  }

  open(): void {
    this.#opened = this.#read()
    this.isOpen = true
  }

  close(): void {
    this.isOpen = false
    this.#closed = this.#read()
  }

  result(acknowledged: number): LoadResult {
    const opened = this.#opened
    const closed = this.#closed
    if (opened === undefined || closed === undefined) throw new Error('the window was not opened and closed')
    const server = closed.server - opened.server
    const generator = closed.generator - opened.generator
    return {
      messages: this.messages,
      seconds: (closed.atMs - opened.atMs) / 1000,
      latency: this.latency.summary(),
      serverCpuSeconds: server,
      generatorCpuSeconds: generator,
      otherCpuSeconds: Math.max(0, closed.machine - opened.machine - server - generator),
      refused: this.refused,
      acknowledged,
    }
  }

  #read(): Reading {
    const generator = process.cpuUsage()
    return {
      atMs: performance.now(),
      server: cpuSeconds(this.#serverPids),
      generator: (generator.user + generator.system) / 1e6,
      machine: machineBusySeconds(),
    }
  }
}
