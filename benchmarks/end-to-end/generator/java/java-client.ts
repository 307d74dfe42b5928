import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cpuSeconds, machineBusySeconds } from '../../process-figures.ts'
import { apacheLibraries } from '../../servers/apache-libraries.ts'
import type { LoadResult } from '../job.ts'

const run = promisify(execFile)
const heap = '512m'
/** Beyond the job's own time: connecting, and the last answers. */
const graceMs = 60_000

export interface JavaSendJob {
  readonly namesrv: string
  readonly topic: string
  readonly bodyBytes: number
  readonly inFlight: number
  readonly leadInSeconds: number
  readonly windowSeconds: number
  readonly serverPids: readonly number[]
}

interface Reading {
  readonly server: number
  readonly generator: number
  readonly machine: number
}

/** The Java client of RocketMQ as a generator: one JVM for the whole run, so that it is warm for every server alike. */
export class JavaClient {
  readonly #process: ChildProcess
  #onLine: (line: string) => void = () => {}
  #onExit: (error: Error) => void = () => {}
  #ended = false

  /** Compiles the program against the jars of the client, and starts it. */
  static async start(directory: string): Promise<JavaClient> {
    const libraries = await apacheLibraries()
    const classes = `${directory}/java-client`
    mkdirSync(classes, { recursive: true })
    const source = fileURLToPath(new URL('BenchLoad.java', import.meta.url))
    await run('javac', ['-nowarn', '-cp', `${libraries}/*`, '-d', classes, source])
    return new JavaClient(`${libraries}/*:${classes}`, classes)
  }

  private constructor(classPath: string, home: string) {
    const logs = [`-Duser.home=${home}`, `-Drocketmq.client.logRoot=${home}`, '-Drocketmq.client.logLevel=ERROR']
    const args = ['-XX:+UseG1GC', `-Xms${heap}`, `-Xmx${heap}`, ...logs, '-cp', classPath, 'BenchLoad']
    this.#process = spawn('java', args, { stdio: ['pipe', 'pipe', 'ignore'] })
    createInterface({ input: this.#process.stdout! }).on('line', (line) => this.#onLine(line))
    const end = (how: string) => {
      this.#ended = true
      this.#onExit(new Error(`the Java client ended: ${how}`))
    }
    this.#process.once('exit', (code, signal) => end(`exit code ${code ?? signal}`))
    this.#process.once('error', (error) => end(error.message))
    // A job written to a process that has just ended is answered by its exit.
    this.#process.stdin!.on('error', () => {})
  }

  async send(job: JavaSendJob): Promise<LoadResult> {
    if (this.#ended) throw new Error('the Java client has ended')
    const { namesrv, topic, bodyBytes, inFlight, leadInSeconds, windowSeconds } = job
    const pid = this.#process.pid!
    const read = (): Reading => ({
      server: cpuSeconds(job.serverPids),
      generator: cpuSeconds([pid]),
      machine: machineBusySeconds(),
    })
    const answered = Promise.withResolvers<LoadResult>()
    let opened: Reading | undefined
    let closed: Reading | undefined
    this.#onExit = answered.reject
    this.#onLine = (line) => {
      if (line === 'OPEN') opened = read()
      else if (line === 'CLOSED') closed = read()
      else if (line.startsWith('FAILED')) answered.reject(new Error(`the Java client: ${line}`))
      else if (line.startsWith('RESULT') && opened && closed) answered.resolve(resultOf(line, opened, closed))
    }
    const limitMs = (leadInSeconds + windowSeconds) * 1000 + graceMs
    const late = () => answered.reject(new Error(`the Java client gave no result within ${limitMs / 1000} s`))
    const timer = setTimeout(late, limitMs)
    const times = [leadInSeconds, windowSeconds].map((seconds) => Math.round(seconds * 1000))
    this.#process.stdin!.write(`${[namesrv, topic, bodyBytes, inFlight, ...times].join(' ')}\n`)
    try {
      return await answered.promise
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    if (!this.#ended) this.#process.kill('SIGKILL')
  }
}

function resultOf(line: string, opened: Reading, closed: Reading): LoadResult {
  const [messages, nanoseconds, ...microseconds] = line.split(' ').slice(1).map(Number) as [number, number, ...number[]]
  const [p50Ms, p99Ms, p999Ms, maxMs] = microseconds.map((value) => value / 1000) as [number, number, number, number]
  const serverCpuSeconds = closed.server - opened.server
  const generatorCpuSeconds = closed.generator - opened.generator
  return {
    messages,
    seconds: nanoseconds / 1e9,
    latency: { count: messages, p50Ms, p99Ms, p999Ms, maxMs },
    series: { atSeconds: [], messagesPerSecond: [], p50Ms: [], p99Ms: [] },
    recordBytes: 0,
    serverCpuSeconds,
    generatorCpuSeconds,
    otherCpuSeconds: Math.max(0, closed.machine - opened.machine - serverCpuSeconds - generatorCpuSeconds),
    refused: 0,
    acknowledged: messages,
  }
}
