import type { Measurement, Metric } from './measurement.ts'

export interface Spread {
  readonly median: number
  readonly least: number
  readonly greatest: number
}

export interface Summary {
  readonly flush: string
  readonly workload: string
  readonly server: string
  readonly rounds: number
  readonly figures: Readonly<Partial<Record<Metric, Spread>>>
}

/** Figures of one server divided by those of the first, round by round, so that a slow moment of the machine hits both. */
export interface Ratio extends Summary {
  readonly against: string
}

export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no values to summarise')
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, least: sorted[0]!, greatest: sorted.at(-1)! }
}

/** One entry for each workload and server, in the order in which they were measured. */
export function summarise(measurements: readonly Measurement[]): Summary[] {
  const groups = Map.groupBy(measurements, ({ flush, workload, server }) => `${flush} ${workload} ${server}`)
  return [...groups.values()].map((rounds) => {
    const { flush, workload, server } = rounds[0]!
    return { flush, workload, server, rounds: rounds.length, figures: spreads(rounds) }
  })
}

/** Compares every other server with `base`, over the rounds that both finished. */
export function ratiosTo(base: string, measurements: readonly Measurement[]): Ratio[] {
  const place = ({ flush, workload, round }: Measurement) => `${flush} ${workload} ${round}`
  const bases = new Map(measurements.filter(({ server }) => server === base).map((found) => [place(found), found]))
  const divided: Measurement[] = []
  for (const measurement of measurements) {
    const other = bases.get(place(measurement))
    if (measurement.server === base || other === undefined) continue
    divided.push({ ...measurement, figures: divide(measurement, other) })
  }
  return summarise(divided).map((summary) => ({ ...summary, against: base }))
}

function divide(measurement: Measurement, base: Measurement): Partial<Record<Metric, number>> {
  const figures: Partial<Record<Metric, number>> = {}
  for (const metric of metricsOf([measurement])) {
    const below = base.figures[metric]
    if (below !== undefined && below > 0) figures[metric] = measurement.figures[metric]! / below
  }
  return figures
}

function spreads(rounds: readonly Measurement[]): Partial<Record<Metric, Spread>> {
  const figures: Partial<Record<Metric, Spread>> = {}
  for (const metric of metricsOf(rounds)) {
    const values = rounds.map((round) => round.figures[metric]).filter((value) => value !== undefined)
    figures[metric] = spreadOf(values)
  }
  return figures
}

function metricsOf(rounds: readonly Measurement[]): Metric[] {
  return [...new Set(rounds.flatMap((round) => Object.keys(round.figures) as Metric[]))]
}
