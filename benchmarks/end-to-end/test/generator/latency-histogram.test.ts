import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyHistogram } from '../../generator/latency-histogram.ts'

test('every latency from 0.1 µs to minutes is found again within 2 %', () => {
  for (let latencyMs = 0.001; latencyMs < 200_000; latencyMs *= 1.0173) {
    const histogram = new LatencyHistogram()
    histogram.record(latencyMs)
    // A greater one keeps the cap at the maximum out of the comparison.
    histogram.record(latencyMs * 4)
    const found = histogram.percentileMs(0.5)
    assert.ok(Math.abs(found - latencyMs) <= Math.max(0.000_05, latencyMs * 0.02), `${latencyMs} was found as ${found}`)
  }
})

test('percentiles of a known distribution', () => {
  const histogram = new LatencyHistogram()
  for (let value = 1; value <= 10_000; value += 1) histogram.record(value / 100)
  const { count, p50Ms, p99Ms, p999Ms, maxMs } = histogram.summary()
  assert.equal(count, 10_000)
  for (const [found, expected] of [
    [p50Ms, 50],
    [p99Ms, 99],
    [p999Ms, 99.9],
  ] as const)
    assert.ok(Math.abs(found - expected) < expected * 0.02, `${found} is not ${expected}`)
  assert.equal(maxMs, 100)
})

test('an empty histogram has zeros, and what is beyond its range counts as its greatest', () => {
  const histogram = new LatencyHistogram()
  assert.deepEqual(histogram.summary(), { count: 0, p50Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 })
  histogram.record(1e9)
  assert.equal(histogram.summary().count, 1)
  assert.equal(histogram.summary().maxMs, 1e9)
})
