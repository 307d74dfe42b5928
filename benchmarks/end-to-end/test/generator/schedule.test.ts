import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyHistogram } from '../../generator/latency-histogram.ts'
import { Schedule } from '../../generator/schedule.ts'

test('what is due is what was meant by then, at any rate', () => {
  for (const rate of [0.5, 7, 333, 1000, 1500, 20_000, 33_333]) {
    const schedule = new Schedule(rate, 10)
    assert.equal(schedule.dueBy(9.99), 0)
    for (let nowMs = 10; nowMs < 3_000; nowMs += 0.77) {
      const due = schedule.dueBy(nowMs)
      if (due > 0) assert.ok(schedule.intendedMs(due - 1) <= nowMs + 1e-6, `${rate}/s: ${due - 1} at ${nowMs}`)
      assert.ok(schedule.intendedMs(due) > nowMs - 1e-6, `${rate}/s: ${due} at ${nowMs}`)
    }
    const seconds = 100
    assert.ok(Math.abs(schedule.dueBy(10 + seconds * 1000) - rate * seconds) <= rate * 0.001 + 1, `${rate}/s`)
  }
})

test('a tick of 20 000 a second has 20 sends, all meant for its beginning', () => {
  const schedule = new Schedule(20_000, 0)
  assert.equal(schedule.tickMs, 1)
  assert.deepEqual(
    [0, 19, 20, 39, 40].map((index) => schedule.intendedMs(index)),
    [0, 0, 1, 1, 2],
  )
})

test('a rate that is none is refused', () => {
  for (const rate of [0, -1, Number.NaN]) assert.throws(() => new Schedule(rate, 0), RangeError)
})

test('a stall is charged with all that was meant to leave meanwhile', () => {
  // 1 000 a second for 10 s; each is answered at once, but for a stall of the server from 4 s to 5 s.
  const schedule = new Schedule(1000, 0)
  const [corrected, naive] = [new LatencyHistogram(), new LatencyHistogram()]
  for (let index = 0; index < 10_000; index += 1) {
    const intendedMs = schedule.intendedMs(index)
    const answeredMs = intendedMs >= 4_000 && intendedMs < 5_000 ? 5_000 : intendedMs
    corrected.record(answeredMs - intendedMs)
  }
  // What a sender with one request in flight sees: a single slow answer, and nothing sent while it waits.
  for (let index = 0; index < 9_000; index += 1) naive.record(index === 4_000 ? 1_000 : 0)
  assert.ok(Math.abs(corrected.percentileMs(0.95) - 500) < 10, `${corrected.percentileMs(0.95)}`)
  assert.ok(corrected.percentileMs(0.99) > 880)
  assert.equal(naive.percentileMs(0.99), 0)
})
