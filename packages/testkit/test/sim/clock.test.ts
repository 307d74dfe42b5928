import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '@cometmq/platform'
import { SimulatedClock } from '@cometmq/testkit/sim'

test('time begins where it is told, and stands still until it is moved', async () => {
  const clock = new SimulatedClock(1_000_000)
  assert.equal(clock.now(), 1_000_000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(clock.now(), 1_000_000)
  await clock.advance(250)
  assert.equal(clock.now(), 1_000_250)
  assert.equal(clock.monotonicMs(), 250)
})

test('each task sees the time at which it is due, and what follows from it comes before the next task', async () => {
  const clock = new SimulatedClock(0)
  const seen: string[] = []
  const log = (what: string) => seen.push(`${what} ${clock.now()}`)
  clock.after(20, () => log('b'))
  clock.after(10, () => {
    log('a')
    void sleep(clock, 5).then(() => log('a slept'))
    clock.endOfTick(() => log('a end'))
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => log('a promise'))
  })
  await clock.advance(100)
  assert.deepEqual(seen, ['a 10', 'a promise 10', 'a end 10', 'a slept 15', 'b 20'])
})

test('a period runs as often as it fits, and setting the time of day does not move it', async () => {
  const clock = new SimulatedClock(0)
  const runs: number[] = []
  const period = clock.every(30, () => runs.push(clock.monotonicMs()))
  await clock.advance(65)
  clock.setTimeOfDay(1_000_000)
  assert.equal(clock.now(), 1_000_000)
  await clock.advance(30)
  assert.deepEqual(runs, [30, 60, 90])
  period.cancel()
  assert.equal(clock.pendingTimers, 0)
})

test('until moves time only as far as it must', async () => {
  const clock = new SimulatedClock(0)
  clock.after(500, () => {})
  assert.equal(await clock.until(sleep(clock, 120).then(() => 'done')), 'done')
  assert.equal(clock.now(), 120)
  await assert.rejects(clock.until(sleep(clock, 10).then(() => assert.fail('wrong'))), /wrong/)
})

test('until says so when nothing can happen any more', async () => {
  const clock = new SimulatedClock()
  const never = new Promise(() => {})
  await assert.rejects(clock.until(never), /no timer is left/)
  clock.after(200, () => {})
  await assert.rejects(clock.until(never, 100), /the next timer is due later/)
})

test('what a task throws reaches whoever moves time', async () => {
  const clock = new SimulatedClock()
  clock.after(1, () => {
    throw new Error('bug')
  })
  await assert.rejects(clock.advance(1), /bug/)
})

test('thousands of timers run in order', async () => {
  const clock = new SimulatedClock(0)
  const due = Array.from({ length: 3_000 }, (_, index) => (index * 7_919) % 1_009)
  const order: number[] = []
  const timers = due.map((delayMs) => clock.after(delayMs, () => order.push(delayMs)))
  timers.forEach((timer, index) => {
    if (index % 3 === 0) timer.cancel()
  })
  assert.equal(clock.pendingTimers, 2_000)
  await clock.advance(2_000)
  assert.deepEqual(
    order,
    due.filter((_, index) => index % 3 !== 0).sort((a, b) => a - b),
  )
})
