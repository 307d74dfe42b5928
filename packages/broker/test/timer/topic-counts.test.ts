import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TimerUnit } from '@cometmq/store/timer'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { brokerLimits } from '../../src/limits.ts'
import type { Timers } from '../../src/timer/timers.ts'
import { TopicCounts } from '../../src/timer/topic-counts.ts'

const unit = (topicHash: number): TimerUnit => ({
  bits: 1,
  writtenMs: 0,
  dueMs: 1,
  physicalOffset: 0,
  size: 1,
  topicHash,
})

/** Timers of which counting takes `tookMs`. */
function countedTimers(clock: SimulatedClock, tookMs: number, logBytes = 0) {
  const found = { rounds: 0 }
  const timers = {
    logBytes,
    async eachWaiting(onUnit: (found: TimerUnit) => void) {
      found.rounds++
      for (const hash of [7, 7, -1]) onUnit(unit(hash))
      await new Promise<void>((resolve) => clock.after(tookMs, resolve))
    },
  }
  return { found, counts: new TopicCounts(timers as unknown as Timers, clock) }
}

test('who asks meanwhile is told the same count, and who asks soon after the last one', async () => {
  const clock = new SimulatedClock()
  const { found, counts } = countedTimers(clock, 100)
  const [first, second] = [counts.get(), counts.get()]
  await clock.advance(100)
  assert.deepEqual(
    [...(await first).waiting],
    [
      [7, 2],
      [-1, 1],
    ],
  )
  assert.equal(await second, await first)
  await clock.advance(1_999)
  assert.equal(await counts.get(), await first)
  assert.equal(found.rounds, 1)
  await clock.advance(1)
  const later = counts.get()
  await clock.advance(100)
  assert.deepEqual([(await later).round, found.rounds], [2, 2])
})

test('a timer log that is too long is not counted, and the refusal says what there is instead', async () => {
  const { counts } = countedTimers(new SimulatedClock(), 0, brokerLimits.countedTimerLogBytes + 1)
  await assert.rejects(counts.get(), /up to 1\.0 GiB are counted: timerCongestNum of brokerStatus/)
})
