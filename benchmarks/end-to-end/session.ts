import { type Contender, Contenders } from './contender.ts'
import type { Series } from './generator/time-series.ts'
import { Generators } from './generators.ts'
import { limits } from './limits.ts'
import { LoneRounds } from './lone-rounds.ts'
import type { Options } from './options.ts'
import { freeMb } from './report/machine.ts'
import type { Failure, Figures, Measurement } from './report/measurement.ts'
import { oneLine } from './report/one-line.ts'
import { loopback } from './servers/loopback.ts'
import type { FlushMode, ServerKind } from './servers/server.ts'
import { isLoad, isLone, type LoadWorkload, type LoneWorkload, loadWorkload, runsIn } from './workloads.ts'

/** A round at full rate may write a few gigabytes. */
const leastFreeMb = 8_000
/** When the servers together wrote so much they are started anew on empty directories, before the next workload. */
const freshAfterMb = 16_000
const warmUpStoredMessages = 32_000
const limitSeconds = 1
const loopbackSeconds = 2

/** One run of the bench: starts the servers of each flush mode, lets them take turns, and stops all that it started. */
export class Session {
  readonly measurements: Measurement[] = []
  readonly failures: Failure[] = []
  /** What was not measured, and why. */
  readonly remarks = new Set<string>()
  readonly #options: Options
  readonly #directory: string
  readonly #say: (line: string) => void
  readonly #generators: Generators
  readonly #contenders: Contenders
  /** The turn under way, or the last one. */
  #last: Omit<Failure, 'reason'> = { flush: 'async', workload: 'start', server: 'bench', round: 0 }
  #firstRoundAtMs: number | undefined
  #starts = 0

  constructor(options: Options, directory: string, say: (line: string) => void) {
    this.#options = options
    this.#directory = directory
    this.#say = say
    this.#generators = new Generators(directory)
    this.#contenders = new Contenders(options, this.#generators)
  }

  get settings(): Readonly<Record<string, readonly string[]>> {
    return this.#contenders.settings
  }

  async run(): Promise<void> {
    const { flushModes, workloads, smoke } = this.#options
    this.#remarkOnWhatIsLeftOut()
    if (workloads.some(({ kind }) => kind === 'limits')) await this.#measureLimits()
    for (const flush of ['async', 'sync'] as const) {
      const inMode = workloads.filter(runsIn(flush, flushModes))
      const measuresStarts = inMode.some(({ kind }) => kind === 'start-up')
      if (measuresStarts && !smoke) await this.#measureStarts(flush)
      // The short form has no time for starts of their own.
      await this.#measureLoads(flush, inMode.filter(isLoad), measuresStarts && smoke)
      for (const workload of inMode.filter(isLone)) await this.#measureLone(flush, workload)
    }
  }

  /** Notes that the run ended early; what was measured until then stands. */
  fail({ message }: Error): void {
    this.#say(`the run ended early: ${message}`)
    this.failures.push({ ...this.#last, reason: `the run ended early: ${message}` })
  }

  /** Stops all servers and the generators; may be called at any moment, and more than once. */
  async stop(): Promise<void> {
    await Promise.all([this.#generators.close(), this.#contenders.close()])
  }

  async #measureLimits(): Promise<void> {
    const turn = { flush: 'async', server: 'machine' } as const
    for (const limit of limits) {
      for (let round = 1; round <= this.#options.rounds; round += 1) {
        if (this.#contenders.stopped) throw new Error('stopped')
        const figures = await limit.measure(this.#directory, limitSeconds, this.#say)
        this.#note({ ...turn, workload: limit.name, round, figures })
      }
    }
    await this.#measureLoopback()
  }

  /** What the generator and two sockets reach when the other end does no work: among the limits of the machine. */
  async #measureLoopback(): Promise<void> {
    const contender = await this.#contenders.start(loopback, 'async', `${this.#directory}/loopback-limit`, 0)
    const workload = loadWorkload('send', 'loopback-limit', 1024, 512)
    await contender.load.warmUp(workload, loopbackSeconds, 0)
    for (let round = 1; round <= this.#options.rounds; round += 1) {
      const timing = { leadInSeconds: 0, windowSeconds: loopbackSeconds }
      const { figures } = await contender.load.round(workload, String(round), timing)
      const { messagesPerSecond, mbPerSecond, serverCpuSecondsPerMillion } = figures
      const limits = {
        limitPerSecond: messagesPerSecond!,
        limitMbPerSecond: mbPerSecond!,
        limitCpuSecondsPerMillion: serverCpuSecondsPerMillion!,
      }
      const workloadName = 'loopback frames of 1 KB, 512 in flight'
      this.#note({ flush: 'async', server: 'machine', workload: workloadName, round, figures: limits })
    }
    await this.#contenders.discard(contender)
  }

  /** Starts each server alone, in turns: a second JVM beside it would take its processor. */
  async #measureStarts(flush: FlushMode): Promise<void> {
    const { against, rounds } = this.#options
    for (let round = 1; round <= rounds; round += 1) {
      for (const kind of against) {
        const contender = await this.#start(kind, flush)
        this.#note({ flush, workload: 'start-up', server: kind.name, round, figures: contender.started })
        await this.#contenders.discard(contender)
      }
    }
  }

  async #measureLoads(flush: FlushMode, loads: readonly LoadWorkload[], notesStarts: boolean): Promise<void> {
    const running = new Map<ServerKind, Contender>()
    let freeAtStartMb = freeMb(this.#directory)
    for (const workload of loads) {
      if (freeAtStartMb - freeMb(this.#directory) > freshAfterMb) {
        this.#say('the servers wrote enough: they start anew, on empty directories')
        for (const contender of running.values()) await this.#contenders.discard(contender)
        running.clear()
        freeAtStartMb = freeMb(this.#directory)
      }
      for (const kind of this.#options.against) {
        if (running.has(kind) || kind.cannot(workload) !== undefined) continue
        const contender = await this.#start(kind, flush)
        running.set(kind, contender)
        if (notesStarts)
          this.#note({ flush, workload: 'start-up', server: kind.name, round: 1, figures: contender.started })
        await this.#warmUp(contender, loads)
      }
      await this.#takeTurns(flush, workload, [...running.values()])
    }
    for (const contender of running.values()) await this.#contenders.discard(contender)
  }

  #start(kind: ServerKind, flush: FlushMode): Promise<Contender> {
    this.#starts += 1
    return this.#contenders.start(kind, flush, `${this.#directory}/${kind.name}-${flush}-${this.#starts}`)
  }

  /** Every kind of load that comes, for equal parts of the time. */
  async #warmUp({ kind, load }: Contender, loads: readonly LoadWorkload[]): Promise<void> {
    const { warmUpSeconds } = this.#options
    const possible = loads.filter((workload) => kind.cannot(workload) === undefined)
    const shapes = new Map(possible.map((workload) => [shapeOf(workload), workload]))
    if (warmUpSeconds === 0 || shapes.size === 0) return
    const seconds = warmUpSeconds / shapes.size
    for (const [shape, { kind: loadKind, client, special, ratePerSecond, inFlight: atRate }] of shapes) {
      this.#say(`warming up ${kind.name} with ${shape} for ${seconds.toFixed(0)} s`)
      const isSpecialRate = special !== undefined && ratePerSecond !== undefined
      const inFlight = loadKind === 'read' ? 4 : isSpecialRate ? atRate : 64
      const more = { client, ...(special && { special }), ...(isSpecialRate && { ratePerSecond }) }
      const workload = { ...loadWorkload(loadKind, `warm-up-${shape.replaceAll(' ', '-')}`, 1000, inFlight), ...more }
      await load.warmUp(workload, seconds, warmUpStoredMessages)
    }
  }

  async #takeTurns(flush: FlushMode, workload: LoadWorkload, contenders: readonly Contender[]): Promise<void> {
    const { rounds, storedMessages } = this.#options
    for (let round = 1; round <= rounds; round += 1) {
      for (const { kind, load } of contenders) {
        if (kind.cannot(workload) !== undefined) continue
        await this.#turn({ flush, workload: workload.name, server: kind.name, round }, async () => {
          await load.prepare(workload, storedMessages)
          const { figures, series } = await load.round(workload, String(round), this.#options)
          if (!this.#options.systemCalls || round < rounds) return { figures, series }
          const systemCallsPerMessage = await load.systemCallsPerMessage(workload)
          return { figures: { ...figures, systemCallsPerMessage }, series }
        })
      }
    }
  }

  async #measureLone(flush: FlushMode, workload: LoneWorkload): Promise<void> {
    const rounds = new LoneRounds(this.#options, this.#contenders, this.#directory, this.#say)
    for (let round = 1; round <= this.#options.rounds; round += 1) {
      for (const kind of this.#options.against) {
        if (kind.cannot(workload) !== undefined) continue
        const turn = { flush, workload: workload.name, server: kind.name, round }
        await this.#turn(turn, () => rounds.round({ workload, kind, flush, round }))
      }
    }
    rounds.clear(workload)
  }

  /** Runs one round and keeps its figures, or the reason why there are none. */
  async #turn(
    turn: Omit<Failure, 'reason'>,
    work: () => Promise<{ figures: Figures; series?: Series }>,
  ): Promise<void> {
    if (this.#contenders.stopped) throw new Error('stopped')
    this.#last = turn
    this.#firstRoundAtMs ??= performance.now()
    if (performance.now() - this.#firstRoundAtMs > this.#options.lastRoundAfterSeconds * 1000) {
      this.remarks.add(`${turn.flush} ${turn.workload}: left out from round ${turn.round} on, the time is up`)
      return
    }
    const free = freeMb(this.#directory)
    if (free < leastFreeMb) throw new Error(`${this.#directory} has ${free.toFixed(0)} MB free: give another --dir`)
    try {
      this.#note({ ...turn, ...(await work()) })
    } catch (error) {
      if (this.#contenders.stopped) throw error
      const reason = (error as Error).message
      this.failures.push({ ...turn, reason })
      this.#say(`${turn.flush} ${turn.workload} ${turn.round} ${turn.server}: FAILED: ${reason}`)
    }
  }

  #remarkOnWhatIsLeftOut(): void {
    for (const workload of this.#options.workloads) {
      for (const kind of this.#options.against) {
        const reason = workload.kind === 'limits' ? undefined : kind.cannot(workload)
        if (reason !== undefined) this.remarks.add(`${workload.name} is not run on ${kind.name}: ${reason}`)
      }
    }
  }

  #note(measurement: Measurement): void {
    this.measurements.push(measurement)
    const { flush, workload, server, round, figures } = measurement
    this.#say(`${flush} ${workload} ${round}/${this.#options.rounds} ${server}: ${oneLine(figures)}`)
  }
}

/** Loads that take the same way through a server. */
function shapeOf({ client, kind, special }: LoadWorkload): string {
  return [client, kind, special].filter((part) => part !== undefined).join(' ')
}
