import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockBatchMq, unlockBatchMq } from '@cometmq/protocol/commands'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { QueueLocks } from '../../src/locks/queue-locks.ts'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const queue = (queueId: number) => ({ topic: 'T1', brokerName: 'broker-a', queueId })

async function locked(client: TestClient, ...queueIds: number[]): Promise<number[]> {
  const body = { clientId: client.clientId, consumerGroup: 'CO', mqSet: queueIds.map(queue), onlyThisBroker: false }
  return (await client.ask(lockBatchMq, {}, { body })).body.lockOKMQSet.map(({ queueId }) => queueId)
}

async function unlock(client: TestClient, ...queueIds: number[]): Promise<void> {
  const body = { clientId: client.clientId, consumerGroup: 'CO', mqSet: queueIds.map(queue), onlyThisBroker: false }
  await client.ask(unlockBatchMq, {}, { body })
}

test('a queue is one client’s at a time, and its owner may renew, release and hand it over', async () => {
  await using rig = new Rig()
  await rig.broker()
  const [a, b] = [rig.client('10.0.1.1'), rig.client('10.0.1.2')]
  assert.deepEqual(await locked(a, 0, 1), [0, 1])
  assert.deepEqual(await locked(b, 0, 1, 2), [2])
  assert.deepEqual(await locked(a, 0, 1, 2), [0, 1])
  await unlock(b, 0)
  assert.deepEqual(await locked(b, 0), [])
  await unlock(a, 0)
  assert.deepEqual(await locked(b, 0, 1), [0])
})

test('a lock ends 60 s after it was last renewed', async () => {
  await using rig = new Rig()
  await rig.broker()
  const [a, b] = [rig.client('10.0.1.1'), rig.client('10.0.1.2')]
  await locked(a, 0)
  await rig.clock.advance(50_000)
  await locked(a, 0)
  await rig.clock.advance(50_000)
  assert.deepEqual(await locked(b, 0), [])
  await rig.clock.advance(11_000)
  assert.deepEqual(await locked(b, 0), [0])
  assert.deepEqual(await locked(a, 0), [])
})

test('groups do not share locks, and a restart releases all', async () => {
  const clock = new SimulatedClock()
  const locks = new QueueLocks(clock)
  assert.deepEqual(locks.lock('G1', 'a', [queue(0)]), [queue(0)])
  assert.deepEqual(locks.lock('G2', 'b', [queue(0)]), [queue(0)])
  assert.ok(locks.isHeldByAny('G1'))
  assert.ok(!locks.isHeldByAny('G3'))
  await clock.advance(60_001)
  assert.ok(!locks.isHeldByAny('G1'))
  await using rig = new Rig()
  const broker = await rig.broker()
  const [a, b] = [rig.client('10.0.1.1'), rig.client('10.0.1.2')]
  await locked(a, 0)
  await rig.stop(broker)
  await rig.broker()
  assert.deepEqual(await locked(b, 0), [0])
})

test('expired locks are forgotten, others are not', async () => {
  const clock = new SimulatedClock()
  const locks = new QueueLocks(clock)
  locks.lock('G1', 'a', [queue(0), queue(1)])
  await clock.advance(40_000)
  locks.lock('G1', 'a', [queue(1)])
  await clock.advance(30_000)
  locks.expire()
  assert.equal(locks.size, 1)
  await clock.advance(60_000)
  locks.expire()
  assert.equal(locks.size, 0)
})
