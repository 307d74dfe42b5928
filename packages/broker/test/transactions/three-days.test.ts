import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemTopics } from '@cometmq/protocol/message'
import type { Broker } from '../../src/index.ts'
import { Rig } from '../rig.ts'
import { TestProducer } from './test-producer.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const large = 'x'.repeat(100_000)
/** Files are removed at four in the morning where the broker is: midnight there. */
const startMs = new Date(2026, 0, 1).getTime()
/** The settings of a fresh broker, whose retention is three days. */
const settings = [{}, { fileReservedTime: 72, deleteWhen: '04' }] as const

/** The broker is away until three in the morning of a day, and then there for two hours, over the hour of cleaning. */
async function cleanOn(rig: Rig, broker: Broker, day: number): Promise<Broker> {
  await rig.stop(broker)
  await rig.clock.advance(startMs + day * dayMs + 3 * hourMs - rig.clock.now())
  const next = await rig.broker(...settings)
  await rig.clock.advance(2 * hourMs)
  return next
}

test('unresolved and rolled back transactions are removed when they are three days old, and hold up nobody meanwhile', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 }, epochMs: startMs })
  let broker = await rig.broker(...settings)
  const client = rig.client()
  await client.createTopic('T1')
  const producer = new TestProducer(rig)
  await producer.join()
  for (let i = 0; i < 10; i++) await producer.prepare('T1', large)
  for (let i = 0; i < 10; i++) await producer.end(await producer.prepare('T1', large), 'rollback')
  await client.send('T1', 'behind them')
  assert.deepEqual(await client.bodies('T1'), ['behind them'])
  // Asked 15 times, nobody knows: ten are given up.
  await rig.clock.advance(hourMs / 2)
  const bounds = (topic: string) => [broker.store.minOffset(topic, 0), broker.store.maxOffset(topic, 0)]
  const { TRANS_HALF, TRANS_CHECK_MAX_TIME } = systemTopics
  const [, halves] = bounds(TRANS_HALF)
  assert.deepEqual(bounds(TRANS_CHECK_MAX_TIME), [0, 10])
  assert.deepEqual(await client.bodies('T1'), ['behind them'])
  // The last file of the log is never removed.
  for (let i = 0; i < 12; i++) await client.send('T1', large)
  broker = await cleanOn(rig, broker, 2)
  assert.deepEqual(
    [bounds(TRANS_HALF), bounds(TRANS_CHECK_MAX_TIME)],
    [
      [0, halves],
      [0, 10],
    ],
  )
  broker = await cleanOn(rig, broker, 3)
  assert.deepEqual(
    [bounds(TRANS_HALF), bounds(TRANS_CHECK_MAX_TIME)],
    [
      [halves, halves],
      [10, 10],
    ],
  )
  assert.deepEqual(rig.messages('error'), [])
})
