import { readFileSync, writeFileSync } from 'node:fs'
import type { Ratio } from './report/summary.ts'

/** A run fails only on a gross loss: machines that run CI are noisy. */
const toleratedFactor = 2
const file = new URL('recorded.json', import.meta.url)

/** For each comparison, its server CPU per message as a share of the base's, as measured when it was recorded. */
export type RecordedRatios = Record<string, number>

export interface BoundCheck {
  readonly name: string
  readonly recorded: number
  /** The best round: whatever else ran on the machine can only have made it larger. */
  readonly measured: number
  readonly broken: boolean
}

export function readRecorded(): RecordedRatios {
  return JSON.parse(readFileSync(file, 'utf8')) as RecordedRatios
}

/** Keeps what is recorded of other workloads. */
export function record(ratios: readonly Ratio[]): void {
  const recorded = readRecorded()
  for (const ratio of ratios) {
    const cpu = ratio.figures.serverCpuSecondsPerMillion
    if (cpu !== undefined) recorded[nameOf(ratio)] = Number(cpu.median.toPrecision(3))
  }
  const sorted = Object.fromEntries(Object.entries(recorded).sort(([left], [right]) => left.localeCompare(right)))
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
}

/** Checks every comparison for which something is recorded. */
export function checkBounds(ratios: readonly Ratio[], recorded: RecordedRatios): BoundCheck[] {
  return ratios.flatMap((ratio) => {
    const name = nameOf(ratio)
    const bound = recorded[name]
    const measured = ratio.figures.serverCpuSecondsPerMillion?.least
    if (bound === undefined || measured === undefined) return []
    return [{ name, recorded: bound, measured, broken: measured > bound * toleratedFactor }]
  })
}

function nameOf({ server, against, flush, workload }: Ratio): string {
  return `${server}/${against} ${flush} ${workload} CPU per message`
}
