import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Measurement } from '../../report/measurement.ts'
import { plotOf } from '../../report/plot.ts'

function round(server: string, rates: readonly number[]): Measurement {
  const atSeconds = rates.map((_, index) => (index + 1) / 10)
  const series = {
    atSeconds,
    messagesPerSecond: rates,
    p50Ms: rates.map(() => 0),
    p99Ms: rates.map((rate) => rate / 1000),
  }
  return { flush: 'async', workload: 'send-1k-64', server, round: 1, figures: {}, series }
}

test('a plot has a curve for each round and panel, inside its frame', () => {
  const svg = plotOf('async-send', [round('a&b', [1000, 2000, 0]), round('nats', [5000, 6000, 7000])])
  assert.equal(svg.match(/<polyline/g)?.length, 4)
  assert.match(svg, /a&amp;b/)
  assert.doesNotMatch(svg, /NaN|Infinity/)
  for (const [, points] of svg.matchAll(/points="([^"]+)"/g))
    for (const point of points!.split(' ')) {
      const [x, y] = point.split(',').map(Number) as [number, number]
      assert.ok(x >= 80 && x <= 880 && y >= 34 && y <= 230, point)
    }
})

test('figures of nothing but zeros can be drawn', () => {
  assert.doesNotMatch(plotOf('x', [round('a', [0, 0])]), /NaN|Infinity/)
})
