import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '@cometmq/platform'
import { SimulatedClock } from '@cometmq/testkit/sim'

test('sleep takes its time, and leaves nothing behind', async () => {
  const clock = new SimulatedClock()
  const controller = new AbortController()
  let isOver = false
  const sleeping = sleep(clock, 100, controller.signal).then(() => {
    isOver = true
  })
  await clock.advance(99)
  assert.equal(isOver, false)
  await clock.advance(1)
  assert.equal(isOver, true)
  await sleeping
  controller.abort()
})

test('an aborted sleep rejects at once and cancels its timer', async () => {
  const clock = new SimulatedClock()
  const controller = new AbortController()
  const sleeping = sleep(clock, 100, controller.signal)
  assert.equal(clock.pendingTimers, 1)
  controller.abort(new Error('closing'))
  await assert.rejects(sleeping, /closing/)
  assert.equal(clock.pendingTimers, 0)
  await assert.rejects(sleep(clock, 100, controller.signal), /closing/)
  assert.equal(clock.pendingTimers, 0)
})
