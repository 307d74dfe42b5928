import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { queueOffsets } from '@cometmq/protocol/bodies'
import { resetConsumerClientOffset } from '@cometmq/protocol/commands'
import { cloneGroupOffset, invokeBrokerToResetOffset } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import { CrashFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const offsetMoved = 21

/** Ten messages, ten milliseconds apart, and the times at which they were stored. */
async function filled(client: TestClient): Promise<number[]> {
  await client.createTopic('T', { queues: 2 })
  const times: number[] = []
  for (let i = 0; i < 10; i++) {
    await client.send('T', `m${i}`)
    times.push(client.clock.now())
    await client.clock.advance(10)
  }
  return times
}

async function reset(
  client: TestClient,
  change: { timestamp: number; queueId?: number; offset?: number; group?: string },
) {
  const request = { group: 'CG', topic: 'T', isForce: true, ...change }
  const { body } = await client.ask(invokeBrokerToResetOffset, request)
  return Object.fromEntries(Array.from(body.offsetTable, ([{ queueId }, offset]) => [queueId, offset]))
}

describe('an offset that the broker resets', () => {
  it('is of the first message stored at the time or later, to the millisecond', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await filled(client)
    await client.pull('T', 0)
    const [first, second] = (await client.pull('T', 4)).messages
    assert.deepEqual(await reset(client, { timestamp: first!.storeTimestamp }), { 0: 4, 1: 0 })
    assert.deepEqual(await reset(client, { timestamp: first!.storeTimestamp + 1 }), { 0: 5, 1: 0 })
    assert.deepEqual(await reset(client, { timestamp: second!.storeTimestamp }), { 0: 5, 1: 0 })
    assert.deepEqual(await reset(client, { timestamp: 0 }), { 0: 0, 1: 0 })
    assert.deepEqual(await reset(client, { timestamp: -1 }), { 0: 10, 1: 0 })
  })

  it('is there for a group of which nobody is connected, also after a crash', async () => {
    const files = new CrashFileSystem()
    await using rig = new Rig({ files })
    const broker = await rig.broker()
    const client = rig.client()
    await filled(client)
    await client.pull('T', 0)
    await client.commit('CG', 'T', 9)
    assert.deepEqual(await reset(client, { timestamp: 0 }), { 0: 0, 1: 0 })
    const left = files.crash(rig.random)
    await rig.kill(broker)
    rig.files = left
    await client.disconnect()
    await rig.broker()
    assert.equal(await rig.client('10.0.0.3').committed('CG', 'T'), 0)
  })

  it('is told with the next pull, once; what the consumer commits until then is passed over', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await filled(client)
    await client.pull('T', 0)
    await client.commit('CG', 'T', 9)
    await reset(client, { timestamp: 0, queueId: 0, offset: 3 })
    await client.commit('CG', 'T', 10)
    assert.equal(await client.committed('CG', 'T'), 3)
    const moved = await client.pull('T', 10, { commitOffset: 10 })
    assert.deepEqual([moved.code, moved.remark, moved.fields.nextBeginOffset], [offsetMoved, 'OFFSET_RESET', 3])
    assert.equal(await client.committed('CG', 'T'), 3)
    assert.equal((await client.pull('T', 3)).messages.length, 7)
    await client.commit('CG', 'T', 10)
    assert.equal(await client.committed('CG', 'T'), 10)
  })

  it('is not told to who asked for the committed offset since', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await filled(client)
    await client.pull('T', 0)
    await reset(client, { timestamp: 0, queueId: 0, offset: 3 })
    assert.equal((await client.pull('T', 3)).messages.length, 7)
  })

  it('lets a pull go that is held, of that group alone', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await filled(client)
    for (const group of ['CG', 'OTHER']) await client.pull('T', 0, { group })
    const startMs = rig.clock.monotonicMs()
    const held = client.pulling('T', 10, { holdMs: 15_000 })
    const other = client.pulling('T', 10, { holdMs: 15_000, group: 'OTHER' })
    await rig.clock.advance(1_000)
    await reset(client, { timestamp: 0 })
    const { code, fields } = await rig.clock.until(held)
    assert.deepEqual([code, fields.nextBeginOffset], [offsetMoved, 0])
    assert.ok(rig.clock.monotonicMs() - startMs < 2_000)
    await client.send('T', 'for the other')
    assert.equal((await rig.clock.until(other)).code, 0)
  })

  it('is refused outside the queue, for what is not there, and for a queue that is not', async () => {
    await using rig = new Rig()
    await rig.broker({ autoCreateGroup: false })
    const client = rig.client()
    await filled(client)
    const outside = reset(client, { timestamp: 0, queueId: 0, offset: 12, group: 'TOOLS_CONSUMER' })
    assert.deepEqual(await client.refusal(outside), {
      code: 1,
      remark: 'Target offset 12 not in consume queue range [0-10]',
    })
    const beyond = reset(client, { timestamp: 0, queueId: 2, group: 'TOOLS_CONSUMER' })
    assert.equal((await client.refusal(beyond)).code, 29)
    assert.equal((await client.refusal(reset(client, { timestamp: 0 }))).code, 26)
    const request = { group: 'TOOLS_CONSUMER', topic: 'NONE', timestamp: 0, isForce: true }
    assert.equal((await client.refusal(client.ask(invokeBrokerToResetOffset, request))).code, 17)
  })
})

describe('with useServerSideResetOffset=false', () => {
  async function withConsumer(rig: Rig) {
    await rig.broker({ serverSideReset: false })
    const told: Record<string, number>[] = []
    const listens = handle(resetConsumerClientOffset, () => (_request, body: Buffer) => {
      const { offsetTable } = queueOffsets.decode(body)
      told.push(Object.fromEntries(Array.from(offsetTable, ([{ queueId }, offset]) => [queueId, offset])))
      return {}
    })
    const client = rig.client('10.0.0.2', '10.0.0.2@1', [listens({})])
    await filled(client)
    return { client, told }
  }

  it('connected consumers are told, and without force no offset grows', async () => {
    await using rig = new Rig()
    const { client, told } = await withConsumer(rig)
    await client.join('CG', ['T'])
    for (const queueId of [0, 1]) await client.commit('CG', 'T', queueId === 0 ? 5 : 0, queueId)
    assert.deepEqual(await reset(client, { timestamp: 0 }), { 0: 0, 1: 0 })
    const request = { group: 'CG', topic: 'T', timestamp: -1, isForce: false }
    const { body } = await client.ask(invokeBrokerToResetOffset, request)
    assert.deepEqual([...body.offsetTable.values()], [5, 0])
    await rig.clock.advance(100)
    assert.deepEqual(told, [
      { 0: 0, 1: 0 },
      { 0: 5, 1: 0 },
    ])
    assert.equal(await client.committed('CG', 'T'), 5)
  })

  it('is refused when none is connected, or the group was never there', async () => {
    await using rig = new Rig()
    const { client } = await withConsumer(rig)
    assert.equal((await client.refusal(reset(client, { timestamp: 0 }))).code, 1)
    await client.join('CG', ['T'])
    for (const queueId of [0, 1]) await client.commit('CG', 'T', 0, queueId)
    await client.leave('CG')
    assert.equal((await client.refusal(reset(client, { timestamp: 0 }))).code, 206)
  })
})

it('CLONE_GROUP_OFFSET copies the offsets of one topic, or of all that are still there', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (const [topic, offset] of [
    ['T1', 3],
    ['T2', 4],
  ] as const) {
    await client.send(topic, 'x')
    await client.pull(topic, 0)
    await client.commit('CG', topic, offset)
  }
  await client.ask(cloneGroupOffset, { srcGroup: 'CG', destGroup: 'ONE', topic: 'T1' })
  await client.ask(cloneGroupOffset, { srcGroup: 'CG', destGroup: 'ALL' })
  const committed = async (group: string) => [await client.committed(group, 'T1'), await client.committed(group, 'T2')]
  assert.deepEqual(await committed('ONE'), [3, undefined])
  assert.deepEqual(await committed('ALL'), [3, 4])
})
