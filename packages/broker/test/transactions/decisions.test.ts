import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { MessageToStore } from '@cometmq/store'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { brokerLimits } from '../../src/limits.ts'
import { Decisions } from '../../src/transactions/decisions.ts'

function rig(options = { opMessageBytes: 4_096, opMessageMs: 3_000 }) {
  const clock = new SimulatedClock()
  const written: string[] = []
  const store = {
    failure: undefined as Error | undefined,
    put: async ({ body }: MessageToStore) => {
      if (store.failure !== undefined) throw store.failure
      written.push(body.toString())
      return {}
    },
  }
  const storeHost = { host: '10.0.0.1', port: 10_911 }
  const decisions = new Decisions({ store: store as never, options, storeHost, clock, logger: silentLogger })
  const commit = (offset: number) => clock.until(decisions.decide(offset, async () => responseCode.SUCCESS))
  return { clock, written, store, decisions, commit }
}

test('decisions are written together, not later than the interval after the first', async () => {
  const { clock, written, decisions, commit } = rig()
  await commit(3)
  await clock.advance(2_000)
  await commit(5)
  assert.deepEqual(written, [])
  await clock.advance(1_000)
  assert.deepEqual(written, ['3,5,'])
  await commit(6)
  await clock.advance(3_000)
  assert.deepEqual(written, ['3,5,', '6,'])
  assert.ok(decisions.has(3) && decisions.has(6) && !decisions.has(4))
})

test('a full op message is written at once, and none is much larger than its limit', async () => {
  const { clock, written, commit } = rig({ opMessageBytes: 10, opMessageMs: 3_000 })
  for (let offset = 0; offset < 12; offset++) await commit(offset)
  await clock.advance(1)
  assert.deepEqual(written, ['0,1,2,3,4,', '5,6,7,8,9,'])
  await clock.advance(3_000)
  assert.deepEqual(written.at(-1), '10,11,')
})

test('what cannot be written is tried again and not forgotten', async () => {
  const { clock, written, store, decisions, commit } = rig()
  store.failure = new Error('no')
  await commit(1)
  await clock.advance(10_000)
  assert.ok(decisions.has(1))
  store.failure = undefined
  await commit(2)
  await clock.advance(3_000)
  assert.deepEqual(written, ['1,2,'])
})

test('a decision that fails leaves the half message open', async () => {
  const { clock, decisions, commit } = rig()
  const deciding = decisions.decide(1, () => Promise.reject(new Error('the disk is full')))
  assert.ok(decisions.isUnderWay(1))
  await assert.rejects(clock.until(deciding), /the disk is full/)
  assert.ok(!decisions.isUnderWay(1) && !decisions.has(1))
  assert.equal(await commit(1), responseCode.SUCCESS)
  assert.ok(decisions.has(1))
})

test('a decision is one for all copies of the half message, whichever came first', async () => {
  const { clock, written, decisions, commit } = rig()
  decisions.moved(1, 7)
  decisions.moved(7, 9)
  await commit(1)
  decisions.moved(9, 12)
  await clock.advance(3_000)
  assert.deepEqual(written, ['1,7,9,12,'])
})

test('when too many decisions wait, the next is refused as busy; a stop writes all', async () => {
  const { clock, written, store, decisions } = rig({ opMessageBytes: 1_000_000, opMessageMs: 3_000 })
  store.failure = new Error('no')
  const success = async () => responseCode.SUCCESS
  const all = Array.from({ length: brokerLimits.pendingDecisions }, (_, offset) => decisions.decide(offset, success))
  await clock.until(Promise.all(all))
  await assert.rejects(clock.until(decisions.decide(1_000_000, success)), { responseCode: responseCode.SYSTEM_BUSY })
  store.failure = undefined
  await clock.until(decisions.close())
  assert.equal(written.join('').split(',').length - 1, brokerLimits.pendingDecisions)
})
