import assert from 'node:assert/strict'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { acceptedDifferences } from './accepted-differences.ts'
import { runMqadmin } from './admin/run-mqadmin.ts'
import { judge, wrongDeeds } from './compare.ts'
import { interchange } from './disk/interchange.ts'
import { adminClient, type JavaClient } from './java.ts'
import { killRounds } from './kill-9/rounds.ts'
import type { Options } from './options.ts'
import type { Processes } from './processes.ts'
import { failedResult, type Row, type ScenarioResult, type Verdict } from './results.ts'
import { runAliOns } from './run-ali-ons.ts'
import { runJavaScenarios } from './run-java-scenarios.ts'
import { type ClientKind, type Scenario, scenarioNamed, scenarios } from './scenarios.ts'
import { commonProperties, type RunningServer, type Side } from './servers.ts'
import { ofRelease } from './setup.ts'

/** The client that writes and reads stores, and works while brokers are killed. */
export const diskClient = 'java-5.5.0'

/** More rows than these are not a busy machine but a fault, and get no second try. */
const maxSecondTries = 4

interface MutableRow extends Row {
  readonly results: Record<string, ScenarioResult>
  firstTry?: readonly string[]
  /** The sides that take part in this row. */
  readonly sides: readonly Side[]
}

const isComparedByFacts = ({ client }: Scenario) => client === 'java' || client === 'mqadmin'

/** One run of the rig: servers up, every client's scenarios on every side, verdicts. */
export class Session {
  readonly #options: Options
  readonly #processes: Processes
  readonly #sides: readonly Side[]
  readonly #clients: ReadonlyMap<string, JavaClient>
  readonly #directory: string
  readonly #rows: MutableRow[] = []

  constructor(
    options: Options,
    processes: Processes,
    sides: readonly Side[],
    clients: ReadonlyMap<string, JavaClient>,
    directory: string,
  ) {
    this.#options = options
    this.#processes = processes
    this.#sides = sides
    this.#clients = clients
    this.#directory = directory
    this.#planRows()
  }

  /** What waits a lot runs side by side; then what starts and stops brokers, one at a time; then, alone, what measures short times. */
  async run(): Promise<readonly Verdict[]> {
    const servers = await this.#startServers()
    await Promise.all(this.#sides.map((side) => this.#runClients(side, servers.get(side)!)))
    await this.#runDisk()
    await this.#runKill9InTurn()
    for (const side of this.#sides) {
      for (const client of this.#options.clients) await this.#runJava(side, servers.get(side)!, client, true)
    }
    await this.#trySomeAgain(servers)
    await Promise.all([...servers.values()].map((server) => server.stop()))
    return this.#rows.map((row) => this.#judge(row))
  }

  #judge(row: Row & { sides: readonly Side[] }): Verdict {
    return judge(row, scenarioNamed(row.scenario), row.sides, acceptedDifferences)
  }

  /**
   * A Java broker or client that a crowded machine keeps from working times out and sends twice, which is no difference between brokers. So a few rows get a second try
   * with nothing else running; see `#deservesSecondTry`. The table says so.
   */
  async #trySomeAgain(servers: ReadonlyMap<Side, RunningServer>): Promise<void> {
    const rows = this.#rows.filter((row) => this.#judge(row).problems.length > 0)
    const again = rows.filter((row) => this.#deservesSecondTry(row))
    if (again.length < rows.length || rows.length > maxSecondTries) return
    for (const row of again) await this.#tryAgain(row, servers)
  }

  /** When a program failed in a row of disk or kill -9, or when CometMQ did nothing wrong, and only took long or found Apache's broker of another mind. */
  #deservesSecondTry(row: MutableRow): boolean {
    const scenario = scenarioNamed(row.scenario)
    if (scenario.client === 'disk' || scenario.client === 'kill-9') {
      return Object.values(row.results).some((result) => result.error !== null)
    }
    const ours = row.sides.filter((side) => side.program.kind === 'cometmq')
    return isComparedByFacts(scenario) && ours.every((side) => wrongDeeds(row, scenario, side).length === 0)
  }

  async #tryAgain(row: MutableRow, servers: ReadonlyMap<Side, RunningServer>): Promise<void> {
    const scenario = scenarioNamed(row.scenario)
    const first = { ...row.results }
    row.firstTry = this.#judge(row).problems
    console.log(`${row.scenario} (${row.client}) again, alone: ${row.firstTry.join('; ')}`)
    if (scenario.client === 'disk') return this.#interchange(scenario, '-again')
    for (const side of row.sides) {
      if (scenario.client === 'kill-9') await this.#runKill9(side, '-again')
      else if (scenario.client === 'mqadmin') await this.#runMqadmin(side, servers.get(side)!, [row.scenario])
      else await this.#runJavaAgain(side, servers.get(side)!, row)
    }
    // The second try is about Apache's side: what CometMQ found must be the same as before.
    for (const { label, program } of row.sides) {
      if (!isComparedByFacts(scenario) || program.kind !== 'cometmq') continue
      if (!isDeepStrictEqual(first[label]?.facts, row.results[label]?.facts)) row.results[label] = first[label]!
    }
  }

  async #runJavaAgain(side: Side, server: RunningServer, row: MutableRow): Promise<void> {
    await runJavaScenarios({
      client: this.#clients.get(row.client)!,
      namesrv: server.namesrv,
      names: [row.scenario],
      label: `${side.label}-again`,
      tag: `${row.client}-again`,
      onResult: (result) => this.#note(side, row.client, result),
    })
  }

  #planRows(): void {
    for (const scenario of this.#selected()) {
      for (const client of this.#clientsOf(scenario)) {
        const sides = scenario.client === 'disk' ? [this.#diskSides(scenario).reader] : this.#sides
        this.#rows.push({ scenario: scenario.name, client, results: {}, sides })
      }
    }
  }

  #selected(kind?: ClientKind): Scenario[] {
    const { only } = this.#options
    return scenarios.filter(
      (scenario) => (only === null || only.includes(scenario.name)) && (kind === undefined || scenario.client === kind),
    )
  }

  #clientsOf(scenario: Scenario): readonly string[] {
    const { clients } = this.#options
    if (scenario.client === 'java')
      return clients.filter((name) => name.startsWith('java-') && (scenario.only ?? name) === name)
    if (scenario.client === 'ali-ons' || scenario.client === 'mqadmin')
      return clients.filter((name) => name === scenario.client)
    return [diskClient]
  }

  async #startServers(): Promise<Map<Side, RunningServer>> {
    const servers = new Map<Side, RunningServer>()
    const kinds: readonly ClientKind[] = ['java', 'ali-ons', 'mqadmin']
    if (kinds.every((kind) => this.#selected(kind).length === 0)) {
      for (const side of this.#sides)
        servers.set(side, { namesrv: '', startupMs: 0, stop: async () => {}, kill: async () => {} })
      return servers
    }
    await Promise.all(
      this.#sides.map(async (side) => {
        const directory = join(this.#directory, side.label)
        const { namesrvPort, brokerPort } = side
        const server = await side.program.start({ directory, namesrvPort, brokerPort, properties: commonProperties })
        console.log(`${side.label}: ready after ${server.startupMs} ms, NameServer ${server.namesrv}`)
        servers.set(side, server)
      }),
    )
    return servers
  }

  async #runClients(side: Side, server: RunningServer): Promise<void> {
    for (const client of this.#options.clients) {
      if (client === 'ali-ons') await this.#runAliOns(side, server)
      else if (client === adminClient) await this.#runMqadmin(side, server)
      else await this.#runJava(side, server, client, false)
    }
  }

  async #runJava(side: Side, server: RunningServer, client: string, alone: boolean): Promise<void> {
    const java = this.#clients.get(client)
    if (java === undefined || client === adminClient) return
    const names = this.#selected('java')
      .filter((scenario) => (scenario.alone ?? false) === alone && (scenario.only ?? client) === client)
      .map((scenario) => scenario.name)
    const onResult = (result: ScenarioResult) => this.#note(side, client, result)
    await runJavaScenarios({
      client: java,
      namesrv: server.namesrv,
      names,
      label: `${side.label}${alone ? '-alone' : ''}`,
      onResult,
    })
  }

  /** `again`: scenarios that get a second try; otherwise all that are selected. */
  async #runMqadmin(side: Side, server: RunningServer, again?: readonly string[]): Promise<void> {
    await runMqadmin({
      client: this.#clients.get(adminClient)!,
      namesrv: server.namesrv,
      broker: `127.0.0.1:${side.brokerPort}`,
      names: again ?? this.#selected('mqadmin').map((scenario) => scenario.name),
      isAgain: again !== undefined,
      label: side.label,
      directory: join(this.#directory, `${side.label}-${adminClient}`),
      onResult: (result) => this.#note(side, adminClient, result),
    })
  }

  async #runAliOns(side: Side, server: RunningServer): Promise<void> {
    const names = this.#selected('ali-ons').map((scenario) => scenario.name)
    const directory = join(this.#directory, 'ali-ons')
    const onResult = (result: ScenarioResult) => this.#note(side, 'ali-ons', result)
    const java = this.#clients.get(diskClient)!
    await runAliOns({
      java,
      processes: this.#processes,
      namesrv: server.namesrv,
      names,
      directory,
      label: side.label,
      onResult,
    })
  }

  /** `apache` is the first side, `cometmq` the second: so the rig can also be tried with Apache alone. */
  #diskSides({ disk }: Scenario): { writer: Side; reader: Side } {
    assert(disk !== undefined)
    const [first, second = first] = this.#sides.map((side) => ofRelease(this.#processes, side, disk.apache))
    assert(first !== undefined && second !== undefined)
    return disk.writer === 'apache' ? { writer: first, reader: second } : { writer: second, reader: first }
  }

  async #runDisk(): Promise<void> {
    for (const scenario of this.#selected('disk')) await this.#interchange(scenario, '')
  }

  async #interchange(scenario: Scenario, suffix: string): Promise<void> {
    const { writer, reader } = this.#diskSides(scenario)
    const directory = join(this.#directory, scenario.name + suffix)
    const client = this.#clients.get(diskClient)!
    const { killed, apache } = scenario.disk!
    const exchange = { scenario: scenario.name, writer, reader, killed, apache, client, directory }
    const result = await interchange(exchange).catch((failure: unknown) => failedResult(scenario.name, String(failure)))
    this.#note(reader, diskClient, result)
  }

  async #runKill9InTurn(): Promise<void> {
    for (const side of this.#sides) await this.#runKill9(side)
  }

  async #runKill9(side: Side, suffix = ''): Promise<void> {
    if (this.#selected('kill-9').length === 0) return
    const client = this.#clients.get(diskClient)!
    const directory = join(this.#directory, `kill-9-${side.label}${suffix}`)
    // Apache's broker is there to show that the accounting is right; its restarts take long.
    const rounds = side.program.kind === 'apache' ? 1 : this.#options.rounds
    const result = await killRounds({ side, client, rounds, directory }).catch((failure: unknown) =>
      failedResult('kill-9', String(failure)),
    )
    this.#note(side, diskClient, result)
  }

  #note(side: Side, client: string, result: ScenarioResult): void {
    const row = this.#rows.find((one) => one.scenario === result.scenario && one.client === client)
    if (row === undefined)
      throw new Error(`a result for ${result.scenario} by ${client}, which is not part of this run`)
    row.results[side.label] = result
    console.log(
      `${side.label}  ${client}  ${result.scenario}: ${result.error === null ? 'done' : result.error.split('\n', 1)[0]} (${(result.tookMs / 1000).toFixed(1)} s)`,
    )
  }
}
