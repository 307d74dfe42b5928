import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampleTimes, StatWindows } from '../../src/stats/stat-windows.ts'

test('a window is from its first sample to its last, and has no more than its width', () => {
  const times = new SampleTimes()
  times.add('minute', 0)
  const windows = new StatWindows({ sum: 5, acts: 1 })
  assert.deepEqual(windows.figures(times).statsMinute, { sum: 0, tps: 0, avgpt: 0 })
  for (let round = 1; round <= 10; round++) {
    times.add('minute', round * 10_000)
    windows.add('minute', { sum: 5 + round * 100, acts: 1 + round * 20 })
  }
  const { statsMinute, statsHour } = windows.figures(times)
  assert.deepEqual(statsMinute, { sum: 600, tps: 10, avgpt: 5 })
  assert.deepEqual(statsHour, { sum: 0, tps: 0, avgpt: 0 })
})

test('what begins later is measured from then on', () => {
  const times = new SampleTimes()
  for (const atMs of [0, 10_000, 20_000]) times.add('minute', atMs)
  const windows = new StatWindows({ sum: 0, acts: 0 })
  windows.add('minute', { sum: 50, acts: 50 })
  assert.deepEqual(windows.figures(times).statsMinute, { sum: 50, tps: 5, avgpt: 1 })
})
