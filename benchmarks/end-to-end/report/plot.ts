import { mkdirSync, writeFileSync } from 'node:fs'
import type { Measurement } from './measurement.ts'

/** One line of a plot: points in the order of x. */
export interface Curve {
  readonly label: string
  readonly colour: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

interface Panel {
  readonly title: string
  readonly scale: 'linear' | 'logarithmic'
  readonly curves: readonly Curve[]
}

const width = 900
const panelHeight = 260
const margin = { left: 80, right: 20, top: 34, bottom: 30 }
const plotWidth = width - margin.left - margin.right
const plotHeight = panelHeight - margin.top - margin.bottom
const legendHeight = 26
const gridLines = 4
const colours = ['#c0392b', '#2471a3', '#239b56', '#8e44ad', '#d68910', '#616a6b']
/** Below this a latency is drawn at the foot of a logarithmic panel. */
const leastLogarithmic = 0.001

/** Writes an SVG for each workload and flush mode that has series; returns how many. All rounds of a server have its colour. */
export function writePlots(directory: string, measurements: readonly Measurement[]): number {
  mkdirSync(directory, { recursive: true })
  const withSeries = measurements.filter(({ series }) => (series?.atSeconds.length ?? 0) > 1)
  const groups = Map.groupBy(withSeries, ({ flush, workload }) => `${flush}-${workload}`)
  for (const [name, rounds] of groups) writeFileSync(`${directory}/${name}.svg`, plotOf(name, rounds))
  return groups.size
}

/** Throughput and latency over time, one above the other. */
export function plotOf(title: string, rounds: readonly Measurement[]): string {
  const servers = [...new Set(rounds.map(({ server }) => server))]
  const curves = (pick: (series: NonNullable<Measurement['series']>) => readonly number[]): Curve[] =>
    rounds.map(({ server, series }) => ({
      label: server,
      colour: colours[servers.indexOf(server) % colours.length]!,
      points: series!.atSeconds.map((seconds, index) => [seconds, pick(series!)[index]!] as const),
    }))
  const panels: Panel[] = [
    { title: `${title}: messages a second`, scale: 'linear', curves: curves((series) => series.messagesPerSecond) },
    {
      title: 'p99 in ms (logarithmic), slice by slice',
      scale: 'logarithmic',
      curves: curves((series) => series.p99Ms),
    },
  ]
  const drawn = panels.map(
    (panel, index) => `<g transform="translate(0 ${index * panelHeight})">${drawPanel(panel)}</g>`,
  )
  const height = panels.length * panelHeight + legendHeight
  const legend = servers.map((server, index) => {
    const x = margin.left + index * 150
    const y = height - 10
    const colour = colours[index % colours.length]
    return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colour}"/><text x="${x + 15}" y="${y}">${escapeXml(server)}</text>`
  })
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"`
  return `<svg ${frame}>\n<rect width="100%" height="100%" fill="white"/>\n${[...drawn, ...legend].join('\n')}\n</svg>\n`
}

function drawPanel({ title, scale, curves }: Panel): string {
  const values = curves.flatMap(({ points }) => points.map(([, y]) => y))
  const lastX = Math.max(...curves.flatMap(({ points }) => points.map(([x]) => x)), Number.MIN_VALUE)
  const toY = scale === 'linear' ? linear(values) : logarithmic(values)
  const x = (value: number) => margin.left + (value / lastX) * plotWidth
  const y = (value: number) => margin.top + (1 - toY.share(value)) * plotHeight
  const parts = [`<text x="${margin.left}" y="${margin.top - 12}" font-weight="bold">${escapeXml(title)}</text>`]
  for (const mark of toY.marks) {
    const at = fixed(y(mark))
    parts.push(`<line x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" stroke="#dddddd"/>`)
    parts.push(`<text x="${margin.left - 6}" y="${at}" dy="4" text-anchor="end">${markText(mark)}</text>`)
  }
  for (let line = 0; line <= gridLines; line += 1) {
    const seconds = (lastX * line) / gridLines
    const place = `x="${fixed(x(seconds))}" y="${panelHeight - margin.bottom + 16}" text-anchor="middle"`
    parts.push(`<text ${place}>${seconds.toFixed(1)} s</text>`)
  }
  for (const { colour, points } of curves) {
    const path = points.map(([at, value]) => `${fixed(x(at))},${fixed(y(value))}`).join(' ')
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.2" stroke-opacity="0.75"/>`)
  }
  return parts.join('\n')
}

interface Scale {
  /** Where a value lies between the foot (0) and the head (1) of the panel. */
  share(value: number): number
  readonly marks: readonly number[]
}

function linear(values: readonly number[]): Scale {
  const top = Math.max(...values, Number.MIN_VALUE) * 1.05
  const marks = Array.from({ length: gridLines + 1 }, (_, line) => (top * line) / gridLines)
  return { share: (value) => value / top, marks }
}

/** Whole decades around what there is. */
function logarithmic(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > leastLogarithmic)
  const foot = Math.floor(Math.log10(Math.min(...positive, 1)))
  const head = Math.max(foot + 1, Math.ceil(Math.log10(Math.max(...positive, leastLogarithmic))))
  const share = (value: number) => Math.max(0, (Math.log10(Math.max(value, leastLogarithmic)) - foot) / (head - foot))
  return { share, marks: Array.from({ length: head - foot + 1 }, (_, decade) => 10 ** (foot + decade)) }
}

function markText(value: number): string {
  return value >= 100
    ? Math.round(value).toLocaleString('en').replaceAll(',', ' ')
    : String(Number(value.toPrecision(3)))
}

function fixed(value: number): string {
  return value.toFixed(1)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
