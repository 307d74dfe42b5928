import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getProducerConnectionList } from '@cometmq/protocol/commands/admin'
import { SimulatedClock } from '@cometmq/testkit/sim'
import type { Member } from '../../src/connections/consumer-groups.ts'
import { ProducerGroups } from '../../src/connections/producer-groups.ts'
import { Rig } from '../rig.ts'
import { TestProducer } from '../transactions/test-producer.ts'

/** As much of a member as the groups look at. */
function memberOf(clientId: string): Member & { peer: { isPaused: boolean } } {
  const peer = { isPaused: false, onClose: () => () => {} }
  return { peer, clientId, language: undefined, version: 0, lastHeartbeatMs: 0 } as never
}

test('members are asked in turn; one that takes nothing is passed over', () => {
  const groups = new ProducerGroups({ clientExpiryMs: 1_000 }, new SimulatedClock())
  assert.equal(groups.next('PG'), undefined)
  const members = ['a', 'b', 'c'].map(memberOf)
  for (const member of members) groups.register('PG', member)
  const next = () => groups.next('PG')?.clientId
  assert.deepEqual([next(), next(), next(), next()], ['a', 'b', 'c', 'a'])
  members[1]!.peer.isPaused = true
  assert.deepEqual(new Set([next(), next(), next(), next()]), new Set(['a', 'c']))
  for (const member of members) member.peer.isPaused = true
  assert.equal(next(), undefined)
})

test('a producer without a heartbeat for 120 s is forgotten, in its groups and by its name', async () => {
  const clock = new SimulatedClock()
  const groups = new ProducerGroups({ clientExpiryMs: 120_000 }, clock)
  const silent = memberOf('silent')
  groups.register('PG', silent)
  groups.register('OTHER', silent)
  const alive = { ...memberOf('alive'), lastHeartbeatMs: 1 }
  groups.register('PG', alive)
  await clock.advance(120_001)
  groups.expire()
  assert.deepEqual([...groups.members('PG')!.values()], [alive])
  assert.equal(groups.members('OTHER'), undefined)
  assert.deepEqual([groups.client('silent'), groups.client('alive')], [undefined, alive])
})

test('a producer whose machine is gone is forgotten after 120 s, and not asked about transactions any more; another is', async () => {
  await using rig = new Rig()
  await rig.broker()
  const admin = rig.client()
  const producers = ['10.0.0.8', '10.0.0.9'].map((host) => new TestProducer(rig, { host }))
  const [gone, alive] = producers as [TestProducer, TestProducer]
  for (const producer of producers) await producer.join()
  await alive.prepare('T1', 'open')
  const members = async () =>
    (await admin.ask(getProducerConnectionList, { producerGroup: 'PG' })).body.connectionSet.map(
      ({ clientId }) => clientId,
    )
  rig.network.partition('10.0.0.1', '10.0.0.8')
  const startMs = rig.clock.monotonicMs()
  for (let count = 2; count === 2; count = (await members()).length) {
    await rig.clock.advance(10_000)
    await alive.join()
  }
  const tookMs = rig.clock.monotonicMs() - startMs
  assert.ok(tookMs > 110_000 && tookMs < 140_000, `${tookMs} ms`)
  assert.deepEqual(await members(), [alive.clientId])
  const before = alive.asked.length
  for (let i = 0; i < 4; i++) {
    await rig.clock.advance(30_000)
    await alive.join()
  }
  assert.equal(alive.asked.length, before + 4)
  assert.equal(gone.asked.length, 0)
})
