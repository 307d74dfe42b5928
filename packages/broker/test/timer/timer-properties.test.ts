import assert from 'node:assert/strict'
import { test } from 'node:test'
import { propertyOf, systemTopics } from '@cometmq/protocol/message'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { exactDueOf, timed } from '../../src/timer/timer-properties.ts'

const clock = new SimulatedClock(1_000_000_500)
const options = { timers: true, timerMaxDelaySec: 100, timersPerSecond: 3 }

function ask(properties: Record<string, string>, waiting = 0, changes: Partial<typeof options> = {}) {
  const text = Object.entries(properties)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('')
  const message = {
    ...{ topic: 'T1', queueId: 3, flag: 0, sysFlag: 0, bornTimestamp: 1, bornHost: { host: '10.0.0.1', port: 1 } },
    ...{ reconsumeTimes: 0, preparedTransactionOffset: 0, properties: text, body: Buffer.from('x'), waitStored: true },
  }
  return timed(message, { clock, options: { ...options, ...changes }, timersAt: () => waiting })
}

const dueMs = (properties: Record<string, string>) => ask(properties)?.dueMs

test('the time that was asked for, to the millisecond', () => {
  assert.equal(dueMs({ TIMER_DELAY_MS: '7' }), 1_000_000_507)
  assert.equal(dueMs({ TIMER_DELAY_SEC: '7' }), 1_000_007_500)
  assert.equal(dueMs({ TIMER_DELIVER_MS: '1000003000' }), 1_000_003_000)
})

test('of several the delay in seconds counts, then that in milliseconds', () => {
  assert.equal(dueMs({ TIMER_DELIVER_MS: '1000003000', TIMER_DELAY_MS: '7', TIMER_DELAY_SEC: '9' }), 1_000_009_500)
  assert.equal(dueMs({ TIMER_DELIVER_MS: '1000003000', TIMER_DELAY_MS: '7' }), 1_000_000_507)
})

test('it waits in the topic of timers and remembers where it belongs', () => {
  const { message } = ask({ TIMER_DELAY_MS: '7' })!
  assert.deepEqual([message.topic, message.queueId], [systemTopics.TIMER_WHEEL, 0])
  const found = ['TIMER_OUT_MS', 'REAL_TOPIC', 'REAL_QID', 'TIMER_DELAY_MS'].map((name) =>
    propertyOf(message.properties, name),
  )
  assert.deepEqual(found, ['1000000507', 'T1', '3', '7'])
})

test('what asks for nothing, for now, or was a timer before, does not wait', () => {
  const asked: Record<string, string>[] = [
    {},
    { TIMER_DELAY_MS: '0' },
    { TIMER_DELAY_MS: '-5' },
    { TIMER_DELIVER_MS: '1000000500' },
    { TIMER_DELAY_MS: '5', TIMER_OUT_MS: '1' },
  ]
  for (const properties of asked) assert.equal(ask(properties), undefined, JSON.stringify(properties))
})

test('there is one limit, with the same error for all three ways', () => {
  assert.equal(dueMs({ TIMER_DELAY_SEC: '100' }), 1_000_100_500)
  const asked: Record<string, string>[] = [
    { TIMER_DELAY_SEC: '101' },
    { TIMER_DELAY_MS: '100001' },
    { TIMER_DELIVER_MS: '1000100501' },
  ]
  for (const properties of asked) {
    assert.throws(() => ask(properties), {
      responseCode: 13,
      message: /bigger than the max delay 100000ms.*timerMaxDelaySec/,
    })
  }
})

test('what cannot be served is refused', () => {
  for (const text of ['abc', '1.5', '99999999999999999999', '0x10'])
    assert.throws(() => ask({ TIMER_DELAY_MS: text }), {
      responseCode: 13,
      message: new RegExp(`TIMER_DELAY_MS is "${text}"`),
    })
  assert.throws(() => ask({ TIMER_DELAY_MS: '0', TIMER_DEL_UNIQKEY: 'k' }), { responseCode: 13 })
  assert.throws(() => ask({ TIMER_DELAY_MS: '5' }, 0, { timers: false }), {
    responseCode: 1,
    message: /timerWheelEnable/,
  })
  assert.throws(() => ask({ TIMER_DELAY_MS: '5' }, 3), { responseCode: 1, message: /timerCongestNumEachSlot/ })
})

test('what an Apache broker has rounded down comes at the time that was asked for', () => {
  const due = (named: string, storedMs: number, outMs: number) => exactDueOf(named, storedMs, outMs)
  assert.equal(due('TIMER_DELIVER_MS\u000112345\u0002', 1, 12_000), 12_345)
  assert.equal(due('TIMER_DELIVER_MS\u000113000\u0002', 1, 12_000), 13_000)
  assert.equal(due('TIMER_DELAY_MS\u00012345\u0002', 10_010, 12_000), 12_355)
  // Appended again meanwhile: when it was sent is not known.
  assert.equal(due('TIMER_DELAY_MS\u00012345\u0002', 12_000, 12_000), 13_000)
  assert.equal(due('TIMER_DELIVER_MS\u000112345\u0002', 1, 12_345), 12_345)
})
