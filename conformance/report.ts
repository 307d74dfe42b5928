import type { Row, ScenarioResult, Verdict } from './results.ts'
import type { Side } from './servers.ts'

/** The table of a run: a line for each scenario and client, a column for each server. */
export function table(verdicts: readonly Verdict[], sides: readonly Side[]): string {
  const heading = ['scenario', 'client', ...sides.map((side) => side.label), 'verdict']
  const rows = verdicts.map(({ row, problems, accepted }) => [
    row.scenario,
    row.client,
    ...sides.map((side) => cell(row.results[side.label])),
    verdictOf(row, problems, accepted),
  ])
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  return [heading, ...rows]
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function verdictOf(row: Row, problems: readonly string[], accepted: readonly string[]): string {
  if (problems.length > 0) return 'DIFFERS'
  const verdict = accepted.length > 0 ? 'ok, on purpose' : 'ok'
  if (row.firstTry === undefined) return verdict
  const tries = row.tries === 2 ? 'try 2' : `tries 2 to ${row.tries}`
  return `${verdict} in ${tries}, not in the first (${row.firstTry.join('; ')})`
}

function cell(result: ScenarioResult | undefined): string {
  if (result === undefined) return '-'
  if (result.error !== null) return 'error'
  const measured = Object.entries(result.measurements).map(([name, value]) => `${name} ${Number(value.toFixed(2))}`)
  return [`${(result.tookMs / 1000).toFixed(1)} s`, ...measured].join(', ')
}

/** What went wrong, row by row. */
export function problems(verdicts: readonly Verdict[]): string {
  return verdicts
    .filter((verdict) => verdict.problems.length > 0)
    .map(
      ({ row, problems }) =>
        `${row.scenario} (${row.client})\n${problems.map((problem) => `    ${problem}`).join('\n')}`,
    )
    .join('\n')
}

export interface RecordedResult {
  readonly scenario: string
  readonly client: string
  readonly passed: boolean
  /** Differences that are there on purpose. */
  readonly accepted: readonly string[]
}

/** What is committed: verdicts only, so that the file changes when behaviour does. */
export function recorded(verdicts: readonly Verdict[]): readonly RecordedResult[] {
  return verdicts.map(({ row, problems, accepted }) => ({
    scenario: row.scenario,
    client: row.client,
    passed: problems.length === 0,
    accepted,
  }))
}
