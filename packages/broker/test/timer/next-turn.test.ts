import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { NextTurn } from '../../src/timer/next-turn.ts'

function turns() {
  const clock = new SimulatedClock()
  const startMs = clock.now()
  const came: number[] = []
  const next = new NextTurn(clock, () => came.push(clock.now() - startMs))
  return { clock, startMs, came, next }
}

test('the earliest turn that is asked for comes, once', async () => {
  const { clock, startMs, came, next } = turns()
  next.at(startMs + 500, startMs)
  next.at(startMs + 200, startMs)
  next.at(startMs + 300, startMs)
  await clock.advance(1_000)
  assert.deepEqual(came, [200])
})

test('what is over comes in the next millisecond, what is far away within a minute, and what never comes needs no turn', async () => {
  const { clock, startMs, came, next } = turns()
  next.at(startMs - 10, startMs)
  await clock.advance(1)
  next.at(startMs + 86_400_000, clock.now())
  await clock.advance(70_000)
  next.at(Number.POSITIVE_INFINITY, clock.now())
  await clock.advance(120_000)
  assert.deepEqual(came, [1, 60_001])
})

test('deliveries pause after a turn, not for a clock that was set back, and longer after a refusal', async () => {
  const { clock, startMs, next } = turns()
  next.pause(startMs)
  assert.equal(next.notBeforeMs(startMs), startMs + 4)
  assert.equal(next.notBeforeMs(startMs - 1_000), 0)
  next.retryLater()
  assert.equal(next.notBeforeMs(startMs), startMs + 100)
  assert.ok(next.waitsToRetry)
  await clock.advance(100)
  assert.ok(!next.waitsToRetry)
})

test('no turn comes after the end', async () => {
  const { clock, startMs, came, next } = turns()
  next.at(startMs + 10, startMs)
  next.cancel()
  await clock.advance(100)
  assert.deepEqual(came, [])
})
