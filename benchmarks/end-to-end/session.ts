import { mkdirSync } from 'node:fs'
import { GeneratorProcess } from './generator/generator-process.ts'
import { ServerLoad } from './load-round.ts'
import type { Options } from './options.ts'
import { freeMb } from './report/machine.ts'
import type { Failure, Figures, Measurement } from './report/measurement.ts'
import type { FlushMode, RunningServer, ServerKind } from './servers/server.ts'
import { measureStart } from './start-up.ts'
import type { LoadWorkload } from './workloads.ts'

/** A round at full rate may write a few gigabytes. */
const leastFreeMb = 6_000
const warmUpStoredMessages = 20_000

interface Contender {
  readonly kind: ServerKind
  readonly server: RunningServer
  readonly load: ServerLoad
}

/** One run of the bench: starts the servers of each flush mode, lets them take turns, and stops all that it started. */
export class Session {
  readonly measurements: Measurement[] = []
  readonly failures: Failure[] = []
  readonly settings: Record<string, readonly string[]> = {}
  readonly #options: Options
  readonly #directory: string
  readonly #say: (line: string) => void
  readonly #generator = new GeneratorProcess()
  readonly #running = new Set<RunningServer>()
  readonly #startedAtMs = performance.now()
  #stopped = false

  constructor(options: Options, directory: string, say: (line: string) => void) {
    this.#options = options
    this.#directory = directory
    this.#say = say
  }

  async run(): Promise<void> {
    for (const flush of this.#options.flushModes) {
      const contenders = await this.#start(flush)
      for (const contender of contenders) await this.#warmUp(contender)
      for (const workload of this.#loads()) await this.#takeTurns(flush, workload, contenders)
      await this.#stopServers()
    }
  }

  /** Stops all servers and the generator; may be called at any moment, and more than once. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#generator.close()
    await this.#stopServers()
  }

  #loads(): LoadWorkload[] {
    return this.#options.workloads.filter((workload) => workload.kind !== 'start-up')
  }

  /** Starts each server `rounds` times when that is measured, once otherwise; the last ones stay up. */
  async #start(flush: FlushMode): Promise<Contender[]> {
    const { against, workloads, rounds, smoke } = this.#options
    const measured = workloads.some(({ kind }) => kind === 'start-up')
    const starts = measured && !smoke ? rounds : 1
    const contenders: Contender[] = []
    for (let round = 1; round <= starts; round += 1) {
      for (const kind of against) {
        const server = await this.#startOne(kind, flush, round, starts)
        if (round === starts) contenders.push({ kind, server, load: new ServerLoad(server, this.#generator) })
        else await this.#stopOne(server)
      }
    }
    return contenders
  }

  async #startOne(kind: ServerKind, flush: FlushMode, round: number, rounds: number): Promise<RunningServer> {
    if (this.#stopped) throw new Error('stopped')
    const directory = `${this.#directory}/${kind.name}-${flush}-${round}`
    mkdirSync(directory)
    const { heap, idleSeconds } = this.#options
    const { server, figures } = await measureStart(kind, { directory, flush, heap }, idleSeconds, (started) =>
      this.#running.add(started),
    )
    this.settings[`${kind.name} ${flush}`] = server.settings.map((line) => line.replaceAll(directory, '<dir>'))
    this.#note({ flush, workload: 'start-up', server: kind.name, round, figures }, rounds)
    return server
  }

  /** Every kind of load that comes, for equal parts of the time. */
  async #warmUp({ kind, load }: Contender): Promise<void> {
    const byKind = new Map(this.#loads().map((workload) => [workload.kind, workload]))
    if (!kind.stores) for (const needsStore of ['read', 'tail'] as const) byKind.delete(needsStore)
    if (this.#options.warmUpSeconds === 0 || byKind.size === 0) return
    const seconds = this.#options.warmUpSeconds / byKind.size
    for (const { kind: loadKind } of byKind.values()) {
      this.#say(`warming up ${kind.name} with ${loadKind} for ${seconds.toFixed(0)} s`)
      const inFlight = loadKind === 'read' ? 4 : 64
      const workload: LoadWorkload = { kind: loadKind, name: `warm-up-${loadKind}`, bodyBytes: 1000, inFlight }
      await load.warmUp(workload, seconds, warmUpStoredMessages)
    }
  }

  async #takeTurns(flush: FlushMode, workload: LoadWorkload, contenders: readonly Contender[]): Promise<void> {
    for (let round = 1; round <= this.#options.rounds; round += 1) {
      if (performance.now() - this.#startedAtMs > this.#options.lastRoundAfterSeconds * 1000) {
        this.#say(`${flush} ${workload.name}: left out from round ${round} on, the time is up`)
        return
      }
      for (const { kind, load } of contenders) {
        if (this.#stopped) throw new Error('stopped')
        if (!kind.stores && workload.kind !== 'send') continue
        const free = freeMb(this.#directory)
        if (free < leastFreeMb) throw new Error(`${this.#directory} has ${free.toFixed(0)} MB free: give another --dir`)
        const turn = { flush, workload: workload.name, server: kind.name, round }
        try {
          await load.prepare(workload, this.#options.storedMessages)
          this.#note(
            { ...turn, figures: await load.round(workload, String(round), this.#options) },
            this.#options.rounds,
          )
        } catch (error) {
          const reason = (error as Error).message
          this.failures.push({ ...turn, reason })
          this.#say(`${flush} ${workload.name} ${round}/${this.#options.rounds} ${kind.name}: FAILED: ${reason}`)
        }
      }
    }
  }

  #note(measurement: Measurement, rounds: number): void {
    this.measurements.push(measurement)
    const { flush, workload, server, round, figures } = measurement
    this.#say(`${flush} ${workload} ${round}/${rounds} ${server}: ${oneLine(figures)}`)
  }

  async #stopServers(): Promise<void> {
    await Promise.all([...this.#running].map((server) => this.#stopOne(server)))
  }

  async #stopOne(server: RunningServer): Promise<void> {
    await server.stop()
    this.#running.delete(server)
  }
}

function oneLine(figures: Figures): string {
  if (figures.readyMs !== undefined)
    return `ready after ${figures.readyMs.toFixed(0)} ms, first acknowledgement after ${figures.firstAcknowledgedMs?.toFixed(0)} ms, idle ${figures.idleAnonymousMb?.toFixed(0)} MB anonymous of ${figures.idleResidentMb?.toFixed(0)} MB`
  const refused = figures.refused ? `, ${figures.refused} refused by flow control` : ''
  const disturbed = (figures.otherCores ?? 0) > 0.3 ? `, others took ${figures.otherCores?.toFixed(2)} cores` : ''
  return `${figures.messagesPerSecond?.toFixed(0)} messages/s, p50 ${figures.p50Ms?.toFixed(2)} ms, p99 ${figures.p99Ms?.toFixed(2)} ms, server CPU ${figures.serverCpuSecondsPerMillion?.toFixed(1)} s per million${refused}${disturbed}`
}
