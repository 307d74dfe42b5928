import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invokeBrokerToResetOffset } from '@cometmq/protocol/commands/admin'
import { CrashFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'
import { TestPopper } from './test-popper.ts'

const hourMs = 3_600_000
const reviveTopic = 'rmq_sys_REVIVE_LOG_DefaultCluster'

async function rigWithMessages(bodies: string[]) {
  const disk = new CrashFileSystem()
  const rig = new Rig({ latencyMs: { min: 0, max: 0 }, files: disk })
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T')
  for (const body of bodies) await client.send('T', body)
  return { rig, disk, broker, client, popper: new TestPopper(client) }
}

/** Records in all queues of the revive topic. */
function recordsIn(broker: { store: { maxOffset(topic: string, queueId: number): number } }): number {
  return [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, queueId) => sum + broker.store.maxOffset(reviveTopic, queueId), 0)
}

test('a batch that is open for hours is noted again, with what is done, and comes again after a crash', async () => {
  const { rig, disk, broker, popper } = await rigWithMessages(['done', 'open'])
  await using _ = rig
  const { messages } = await popper.pop('T', { invisibleMs: 8 * hourMs })
  await popper.ack(messages[0]!)
  assert.equal(recordsIn(broker), 2)
  rig.clock.setTimeOfDay(rig.clock.now() + 7 * hourMs)
  await rig.clock.advance(10_000)
  assert.equal(recordsIn(broker), 3)
  await rig.kill(broker)
  rig.files = disk.kill()
  const second = await rig.broker()
  rig.clock.setTimeOfDay(rig.clock.now() + hourMs)
  // A clock that is set is noticed within a minute.
  await rig.clock.advance(61_000)
  const again = await popper.pop('T', { pollMs: 15_000 })
  assert.deepEqual(
    again.messages.map(({ body }) => body),
    ['open'],
  )
  await rig.stop(second)
})

test('how far the revive topic is done stays before what is open', async () => {
  const { rig, client, popper } = await rigWithMessages(['m0', 'm1', 'm2'])
  await using _ = rig
  const committed = () =>
    Promise.all([0, 1, 2, 3].map((queueId) => client.committed('CID_RMQ_SYS_REVIVE_GROUP', reviveTopic, queueId)))
  const first = await popper.pop('T', { max: 1, invisibleMs: 60_000 })
  const second = await popper.pop('T', { max: 1, invisibleMs: 60_000 })
  await popper.ack(second.messages[0]!)
  await rig.clock.advance(1_100)
  const queues = [first, second].map(({ fields }) => fields.reviveQid)
  const before = await client.committed('CID_RMQ_SYS_REVIVE_GROUP', reviveTopic, queues[0])
  assert.equal(before, undefined)
  assert.equal(await client.committed('CID_RMQ_SYS_REVIVE_GROUP', reviveTopic, queues[1]), 1)
  await popper.ack(first.messages[0]!)
  await rig.clock.advance(1_100)
  assert.equal((await committed())[queues[0]!], 1)
})

test('an offset that was set by an administrator is not undone by a crash', async () => {
  const { rig, disk, broker, client, popper } = await rigWithMessages(['m0', 'm1', 'm2'])
  await using _ = rig
  for (const message of (await popper.pop('T')).messages) await popper.ack(message)
  const reset = { group: 'PG', topic: 'T', timestamp: 0, isForce: true, queueId: 0, offset: 1 }
  await client.ask(invokeBrokerToResetOffset, reset)
  await rig.kill(broker)
  rig.files = disk.kill()
  const second = await rig.broker()
  assert.deepEqual(await popper.bodies('T'), ['m1', 'm2'])
  await rig.stop(second)
})

test('a topic that was deleted and made anew is popped from its beginning, also after a crash', async () => {
  const { rig, disk, broker, client, popper } = await rigWithMessages(['m0', 'm1', 'm2'])
  await using _ = rig
  for (const message of (await popper.pop('T')).messages) await popper.ack(message)
  await client.deleteTopic('T')
  await client.createTopic('T')
  await client.send('T', 'new')
  await rig.kill(broker)
  rig.files = disk.kill()
  const second = await rig.broker()
  assert.deepEqual(await popper.bodies('T'), ['new'])
  await rig.stop(second)
})

test('while the store takes nothing, nothing is handed out, and nothing is lost', async () => {
  const { rig, broker, client, popper } = await rigWithMessages(['m0', 'm1'])
  await using _ = rig
  await popper.pop('T', { max: 1, invisibleMs: 2_000 })
  const { store } = broker
  const put = store.put.bind(store)
  store.put = () => Promise.reject(new Error('the disk is gone'))
  const { code } = await client.refusal(popper.popping('T', { max: 1 }))
  assert.equal(code, 1)
  await rig.clock.advance(5_000)
  assert.ok(rig.messages('error').some((line) => line.includes('could not all be brought again')))
  store.put = put
  const { messages } = await popper.pop('T', { pollMs: 5_000 })
  const rest = await popper.pop('T', { pollMs: 5_000 })
  assert.deepEqual([...messages, ...rest.messages].map(({ body }) => body).sort(), ['m0', 'm1'])
})
