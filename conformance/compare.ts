import { isDeepStrictEqual } from 'node:util'
import type { AcceptedDifference } from './accepted-differences.ts'
import type { Fact, Row, Verdict } from './results.ts'
import type { Scenario } from './scenarios/scenario.ts'
import type { Side } from './servers.ts'

/** Facts with this name, alone or behind a dot, count messages that never arrived: they must be 0 everywhere. */
const lost = /(^|\.)lost$/

/** Judges a row: every side ran without error and loss, CometMQ kept its bounds, and all sides left the same facts. */
export function judge(
  row: Row,
  scenario: Scenario,
  sides: readonly Side[],
  accepted: readonly AcceptedDifference[],
): Verdict {
  const problems: string[] = []
  const tolerated: string[] = []
  for (const side of sides) problems.push(...ownProblems(row, scenario, side))
  const [first, ...others] = sides
  for (const other of others) {
    for (const { fact, text } of differences(row, first!.label, other.label)) {
      const reason = accepted.find((entry) => entry.scenario === row.scenario && entry.fact === fact)?.reason
      if (reason === undefined) problems.push(text)
      else tolerated.push(`${text}: ${reason}`)
    }
  }
  return { row, problems, accepted: tolerated }
}

export function ownProblems(row: Row, scenario: Scenario, side: Side): string[] {
  const wrong = wrongDeeds(row, scenario, side)
  // What went wrong already says why there is nothing to measure.
  return [...wrong, ...brokenBounds(row, scenario, side), ...(wrong.length > 0 ? [] : unmeasured(row, scenario, side))]
}

/** All that is wrong with what a side did, however long it took. */
export function wrongDeeds(row: Row, scenario: Scenario, side: Side): string[] {
  const result = row.results[side.label]
  if (result === undefined) return [`${side.label}: no result`]
  const problems: string[] = []
  if (result.error !== null) problems.push(`${side.label}: ${result.error.split('\n', 1)[0]}`)
  problems.push(...losses(row, side.label))
  const promised = side.program.kind === 'cometmq' ? scenario.promised : {}
  for (const [fact, wanted] of Object.entries({ ...scenario.expected, ...promised })) {
    const value = result.facts[fact]
    if (result.error === null && !isDeepStrictEqual(value, wanted))
      problems.push(`${side.label}: ${fact} is ${show(value)}, not ${show(wanted)}`)
  }
  return problems
}

/** The messages that a side lost. */
export function losses(row: Row, label: string): string[] {
  return Object.entries(row.results[label]?.facts ?? {})
    .filter(([fact, value]) => lost.test(fact) && value !== 0)
    .map(([fact, value]) => `${label}: ${fact} ${show(value)}`)
}

/** Bounds are promises of CometMQ; what Apache's broker takes is only reported. */
function brokenBounds(row: Row, scenario: Scenario, side: Side): string[] {
  const result = row.results[side.label]
  if (result === undefined || side.program.kind !== 'cometmq') return []
  const problems: string[] = []
  for (const [name, bound] of Object.entries(scenario.bounds ?? {})) {
    const measured = result.measurements[name]
    const limit = Math.max(bound, ...othersMeasured(row, side, name))
    if (measured !== undefined && measured > limit) problems.push(`${side.label}: ${name} ${measured} exceeds ${limit}`)
  }
  return problems
}

/** A scenario that cannot measure says so with a fact that is expected to be otherwise; so this is a mistake in the scenario. */
function unmeasured(row: Row, scenario: Scenario, side: Side): string[] {
  const measurements = row.results[side.label]?.measurements
  if (measurements === undefined || side.program.kind !== 'cometmq') return []
  const names = Object.keys(scenario.bounds ?? {}).filter((name) => measurements[name] === undefined)
  return names.map((name) => `${side.label}: ${name} was not measured`)
}

/** A bound is a promise for a machine with time: where the other broker takes longer in the same run, what that took is the bound. */
function othersMeasured(row: Row, side: Side, name: string): number[] {
  return Object.entries(row.results).flatMap(([label, { measurements }]) => {
    const measured = measurements[name]
    return label === side.label || measured === undefined ? [] : [measured]
  })
}

function differences(row: Row, left: string, right: string): { fact: string; text: string }[] {
  const a = row.results[left]
  const b = row.results[right]
  // Without both results there is nothing to compare, and the error is reported already.
  if (a === undefined || b === undefined || a.error !== null || b.error !== null) return []
  const found: { fact: string; text: string }[] = []
  for (const fact of new Set([...Object.keys(a.facts), ...Object.keys(b.facts)])) {
    if (!isDeepStrictEqual(a.facts[fact], b.facts[fact])) {
      found.push({ fact, text: `${fact}: ${left} ${show(a.facts[fact])}, ${right} ${show(b.facts[fact])}` })
    }
  }
  return found
}

function show(value: Fact | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
