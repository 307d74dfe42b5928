import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyHistogram } from '../../generator/latency-histogram.ts'
import { TimeSeries } from '../../generator/time-series.ts'

test('slices tell how each went, and the total tells of all', () => {
  const current = new LatencyHistogram()
  const series = new TimeSeries(current)
  series.begin(1_000)
  for (let count = 0; count < 50; count += 1) current.record(1)
  series.cut(1_100, 50)
  for (let count = 0; count < 100; count += 1) current.record(4)
  series.cut(1_300, 150)
  const { atSeconds, messagesPerSecond, p50Ms } = series.series()
  assert.deepEqual(
    [atSeconds, messagesPerSecond],
    [
      [0.1, 0.3],
      [500, 500],
    ],
  )
  for (const [found, expected] of [
    [p50Ms[0]!, 1],
    [p50Ms[1]!, 4],
  ] as const)
    assert.ok(Math.abs(found - expected) < 0.05, `${found}`)
  const { count, maxMs, p99Ms } = series.total.summary()
  assert.deepEqual([count, maxMs], [150, 4])
  assert.ok(Math.abs(p99Ms - 4) < 0.05)
  assert.equal(current.count, 0)
})

test('no more slices are kept than the limit, and nothing is lost from the total', () => {
  const current = new LatencyHistogram()
  const series = new TimeSeries(current)
  series.begin(0)
  for (let slice = 1; slice <= 3_100; slice += 1) {
    current.record(1)
    series.cut(slice, slice)
  }
  assert.equal(series.series().atSeconds.length, 3_000)
  assert.equal(series.total.count, 3_100)
})
