import { cpuSeconds, machineBusySeconds } from '../process-figures.ts'
import type { LoadResult } from './job.ts'
import { LatencyHistogram, type LatencySummary } from './latency-histogram.ts'
import { TimeSeries } from './time-series.ts'

const sliceMs = 100

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
  /** Of records received, headers of the store included. */
  recordBytes = 0
  /** Latencies of the slice under way; the series keeps the sums. */
  readonly latency = new LatencyHistogram()
  readonly #series: TimeSeries
  readonly #serverPids: readonly number[]
  #timer: NodeJS.Timeout | undefined
  #opened: Reading | undefined
  #closed: Reading | undefined

  constructor(serverPids: readonly number[]) {
    this.#serverPids = serverPids
    this.#series = new TimeSeries(this.latency)
  }

  open(): void {
    this.#opened = this.#read()
    this.#series.begin(this.#opened.atMs)
    this.#timer = setInterval(() => this.#series.cut(performance.now(), this.messages), sliceMs)
    this.isOpen = true
  }

  close(): void {
    this.isOpen = false
    clearInterval(this.#timer)
    this.#closed = this.#read()
    this.#series.cut(this.#closed.atMs, this.messages)
  }

  /** Ends the timer of a job that failed; without effect after `close`. */
  abandon(): void {
    this.isOpen = false
    clearInterval(this.#timer)
  }

  /** What was counted here beside the main figures: acknowledgements while another window counts receipts. */
  counts(): { messages: number; latency: LatencySummary } {
    return { messages: this.messages, latency: this.#series.total.summary() }
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
      latency: this.#series.total.summary(),
      series: this.#series.series(),
      recordBytes: this.recordBytes,
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
