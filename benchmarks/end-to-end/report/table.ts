import type { Metric } from './measurement.ts'
import type { Ratio, Spread, Summary } from './summary.ts'

interface Column {
  readonly title: string
  readonly metric: Metric
  readonly digits: number
}

const loadColumns: readonly Column[] = [
  { title: 'messages/s', metric: 'messagesPerSecond', digits: 0 },
  { title: 'MB/s', metric: 'mbPerSecond', digits: 1 },
  { title: 'p50 ms', metric: 'p50Ms', digits: 2 },
  { title: 'p99 ms', metric: 'p99Ms', digits: 2 },
  { title: 'p99.9 ms', metric: 'p999Ms', digits: 2 },
  { title: 'server CPU s/M', metric: 'serverCpuSecondsPerMillion', digits: 1 },
  { title: 'generator CPU s/M', metric: 'generatorCpuSecondsPerMillion', digits: 1 },
  { title: 'anonymous MB', metric: 'anonymousMb', digits: 0 },
  { title: 'peak MB', metric: 'peakMb', digits: 0 },
  { title: 'other cores', metric: 'otherCores', digits: 2 },
]

const startColumns: readonly Column[] = [
  { title: 'ready ms', metric: 'readyMs', digits: 0 },
  { title: 'first ack ms', metric: 'firstAcknowledgedMs', digits: 0 },
  { title: 'idle anonymous MB', metric: 'idleAnonymousMb', digits: 0 },
  { title: 'idle resident MB', metric: 'idleResidentMb', digits: 0 },
]

/** What is better, and what a ratio is worth telling of, differs by column: the generator's own CPU is no result. */
const notCompared: ReadonlySet<Metric> = new Set(['generatorCpuSecondsPerMillion', 'otherCores', 'mbPerSecond'])

/** Two tables, starts and loads: a row for each server with median [least–greatest], and one for each comparison. */
export function renderTables(summaries: readonly Summary[], ratios: readonly Ratio[]): string {
  const parts: string[] = []
  for (const columns of [startColumns, loadColumns]) {
    const rows = summaries
      .filter(({ figures }) => columns.some(({ metric }) => figures[metric] !== undefined))
      .flatMap((summary) => rowsOf(summary, columns, ratios))
    if (rows.length > 0)
      parts.push(aligned([['flush', 'workload', 'server', ...columns.map(({ title }) => title)], ...rows]))
  }
  return parts.join('\n\n')
}

function rowsOf(summary: Summary, columns: readonly Column[], ratios: readonly Ratio[]): string[][] {
  const { flush, workload, server } = summary
  const row = [flush, workload, server, ...columns.map(({ metric, digits }) => spread(summary.figures[metric], digits))]
  const ratio = ratios.find((known) => known.flush === flush && known.workload === workload && known.server === server)
  if (ratio === undefined) return [row]
  const factors = columns.map(({ metric }) => factor(notCompared.has(metric) ? undefined : ratio.figures[metric]))
  return [row, ['', '', `÷ ${ratio.against}`, ...factors]]
}

function spread(found: Spread | undefined, digits: number): string {
  if (found === undefined) return ''
  const text = (value: number) => value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ' ')
  if (found.least === found.greatest) return text(found.median)
  return `${text(found.median)} [${text(found.least)}–${text(found.greatest)}]`
}

function factor(found: Spread | undefined): string {
  if (found === undefined) return ''
  const text = (value: number) => value.toPrecision(3)
  return `×${text(found.median)} [${text(found.least)}–${text(found.greatest)}]`
}

function aligned(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')
  return rows.map(line).join('\n')
}
