import { acceptedDifferences } from './accepted-differences.ts'
import { judge } from './compare.ts'
import { diskClient } from './java.ts'
import type { Options } from './options.ts'
import type { Row, ScenarioResult, Verdict } from './results.ts'
import type { ClientKind, Scenario } from './scenarios/scenario.ts'
import { scenarioNamed, scenarios } from './scenarios.ts'
import type { Side } from './servers.ts'

/** A row that is filled while the rig runs. */
export interface OpenRow extends Row {
  readonly results: Record<string, ScenarioResult>
  firstTry?: readonly string[]
  tries?: number
  /** The sides that take part in this row. */
  readonly sides: readonly Side[]
}

/** The rows of one run: planned from the catalogue and the options, filled as results come in. */
export class Rows {
  readonly all: readonly OpenRow[]

  constructor(options: Options, sidesOf: (scenario: Scenario) => readonly Side[]) {
    this.all = selected(options).flatMap((scenario) =>
      clientsOf(scenario, options).map((client) => {
        return { scenario: scenario.name, client, results: {}, sides: sidesOf(scenario) }
      }),
    )
  }

  note(side: Side, client: string, result: ScenarioResult): void {
    const row = this.all.find((one) => one.scenario === result.scenario && one.client === client)
    if (row === undefined)
      throw new Error(`a result for ${result.scenario} by ${client}, which is not part of this run`)
    row.results[side.label] = result
    const outcome = result.error === null ? 'done' : result.error.split('\n', 1)[0]
    console.log(`${side.label}  ${client}  ${result.scenario}: ${outcome} (${(result.tookMs / 1000).toFixed(1)} s)`)
  }

  verdict(row: OpenRow): Verdict {
    return judge(row, scenarioNamed(row.scenario), row.sides, acceptedDifferences)
  }

  verdicts(): readonly Verdict[] {
    return this.all.map((row) => this.verdict(row))
  }
}

/** The scenarios of this run, of one kind or of all. */
export function selected({ only }: Options, kind?: ClientKind): Scenario[] {
  return scenarios.filter(
    (scenario) => (only === null || only.includes(scenario.name)) && (kind === undefined || scenario.client === kind),
  )
}

function clientsOf(scenario: Scenario, { clients }: Options): readonly string[] {
  if (scenario.client === 'java')
    return clients.filter((name) => name.startsWith('java-') && (scenario.only ?? name) === name)
  if (scenario.client === 'ali-ons' || scenario.client === 'mqadmin')
    return clients.filter((name) => name === scenario.client)
  return [diskClient]
}
