import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recallMessage } from '@cometmq/protocol/commands'
import { getTimerCheckPoint, getTimerMetrics } from '@cometmq/protocol/commands/admin'
import { readInt64 } from '@cometmq/protocol/message'
import { Rig } from '../../rig.ts'
import type { TestClient } from '../../test-client.ts'
// Loaded before: the broker loads it with its first timer, which takes time that the simulated clock does not know of.
import '../../../src/timer/timer-delivery.ts'

const delayed = (client: TestClient, topic: string, delayMs: number) =>
  client.send(topic, 'later', { properties: `TIMER_DELAY_MS\u0001${delayMs}\u0002` })

const countsOf = async (client: TestClient) =>
  Object.fromEntries(
    Object.entries((await client.ask(getTimerMetrics, {})).body.timingCount).map(([topic, { count }]) => [
      topic,
      count,
    ]),
  )

async function checkPointOf(client: TestClient) {
  const { body } = await client.ask(getTimerCheckPoint, {})
  assert.equal(body.length, 56)
  const [readMs, logEnd, noted, notedByMaster, state, writtenMs, counter] = Array.from({ length: 7 }, (_, field) =>
    readInt64(body, field * 8),
  )
  return { readMs: readMs!, logEnd: logEnd!, noted, notedByMaster, state, writtenMs: writtenMs!, counter: counter! }
}

test('it tells how many messages wait for each topic', async () => {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await using _ = rig
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  await client.createTopic('T2')
  assert.deepEqual(await countsOf(client), {})
  for (const delayMs of [5_000, 5_000, 60_000, 3_600_000]) await delayed(client, 'T1', delayMs)
  await delayed(client, 'T2', 4_000)
  await rig.clock.advance(1_000)
  assert.deepEqual(await countsOf(client), { T1: 4, T2: 1 })
  await rig.clock.advance(9_000)
  assert.deepEqual(await countsOf(client), { T1: 2 })
  await rig.clock.advance(4_000_000)
  assert.deepEqual(await countsOf(client), {})
})

test('it goes on counting after a restart', async () => {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await using _ = rig
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  for (let index = 0; index < 3; index++) await delayed(client, 'T1', 600_000)
  await rig.clock.advance(2_000)
  await broker.close()
  await rig.broker()
  assert.deepEqual(await countsOf(rig.client()), { T1: 3 })
})

test('what was taken back is not counted beyond its time, and taking back counts as nothing', async () => {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await using _ = rig
  await rig.broker({ recall: true })
  const client = rig.client()
  await client.createTopic('T1')
  const sent = await delayed(client, 'T1', 20_000)
  await rig.clock.advance(1_000)
  await client.ask(recallMessage, { producerGroup: 'P', topic: 'T1', recallHandle: sent.recallHandle! })
  await rig.clock.advance(1_000)
  assert.deepEqual(await countsOf(client), { T1: 1 })
  await rig.clock.advance(30_000)
  assert.deepEqual(await countsOf(client), {})
})

test('it tells how far timers are', async () => {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await using _ = rig
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  const before = await checkPointOf(client)
  assert.equal(before.readMs, Math.floor(rig.clock.now() / 1_000) * 1_000)
  assert.deepEqual([before.logEnd, before.noted, before.counter], [0, 0, 0])

  const dueMs = rig.clock.now() + 10_000
  for (let index = 0; index < 3; index++) await delayed(client, 'T1', 10_000)
  await rig.clock.advance(5_000)
  const waiting = await checkPointOf(client)
  assert.ok(waiting.readMs <= dueMs && waiting.readMs > dueMs - 10_000, `${waiting.readMs}`)
  assert.deepEqual([waiting.logEnd, waiting.noted, waiting.notedByMaster, waiting.state], [3 * 52, 3, 3, 0])
  assert.ok(waiting.counter > 0 && waiting.writtenMs > dueMs - 10_000)

  await rig.clock.advance(60_000)
  const after = await checkPointOf(client)
  assert.ok(after.readMs > dueMs && after.readMs <= rig.clock.now(), `${after.readMs}`)
})
