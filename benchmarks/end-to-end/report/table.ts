import type { Metric } from './measurement.ts'
import type { Ratio, Spread, Summary } from './summary.ts'

interface Column {
  readonly title: string
  readonly metric: Metric
  readonly digits: number
}

const column = (title: string, metric: Metric, digits: number): Column => ({ title, metric, digits })

const loadColumns: readonly Column[] = [
  column('messages/s', 'messagesPerSecond', 0),
  column('MB/s', 'mbPerSecond', 1),
  column('p50 ms', 'p50Ms', 2),
  column('p99 ms', 'p99Ms', 2),
  column('p99.9 ms', 'p999Ms', 2),
  column('max ms', 'maxMs', 1),
  column('server CPU s/M', 'serverCpuSecondsPerMillion', 1),
  column('generator CPU s/M', 'generatorCpuSecondsPerMillion', 1),
  column('anonymous MB', 'anonymousMb', 0),
  column('peak anonymous MB', 'peakAnonymousMb', 0),
  column('peak MB', 'peakMb', 0),
  column('calls/message', 'systemCallsPerMessage', 2),
  column('sends/s', 'sendsPerSecond', 0),
  column('generator late p99 ms', 'generatorLateP99Ms', 1),
  column('of raw read', 'shareOfRawRead', 2),
  column('other cores', 'otherCores', 2),
]

const startColumns: readonly Column[] = [
  column('ready ms', 'readyMs', 0),
  column('first ack ms', 'firstAcknowledgedMs', 0),
  column('all there ms', 'allThereMs', 0),
  column('stored MB', 'storedMb', 0),
  column('idle anonymous MB', 'idleAnonymousMb', 0),
  column('idle resident MB', 'idleResidentMb', 0),
]

const limitColumns: readonly Column[] = [
  column('operations/s', 'limitPerSecond', 0),
  column('MB/s', 'limitMbPerSecond', 0),
  column('CPU s/M', 'limitCpuSecondsPerMillion', 1),
]

/** What is better, and what a ratio is worth telling of, differs by column: the generator's own CPU is no result. */
const notCompared: ReadonlySet<Metric> = new Set([
  'generatorCpuSecondsPerMillion',
  'otherCores',
  'mbPerSecond',
  'storedMb',
])

/** Up to three tables, limits, starts and loads: a row for each server with median [least–greatest], and one for each comparison. */
export function renderTables(summaries: readonly Summary[], ratios: readonly Ratio[]): string {
  const parts: string[] = []
  for (const all of [limitColumns, startColumns, loadColumns]) {
    // What no workload of this run measured takes no room.
    const columns = all.filter(({ metric }) => summaries.some(({ figures }) => figures[metric] !== undefined))
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
  if (found.least === found.greatest) return `×${text(found.median)}`
  return `×${text(found.median)} [${text(found.least)}–${text(found.greatest)}]`
}

function aligned(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')
  return rows.map(line).join('\n')
}
