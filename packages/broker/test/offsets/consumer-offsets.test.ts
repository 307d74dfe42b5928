import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerOffsetsFile } from '@cometmq/protocol/bodies'
import { queryConsumerOffset, updateConsumerOffset } from '@cometmq/protocol/commands'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { configDirectory, Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'
import type { TestClient } from '../test-client.ts'

const path = `${configDirectory}/consumerOffset.json`

const offsetsIn = async (rig: Rig, group = 'CG', topic = 'T1') =>
  consumerOffsetsFile.decode(await rig.files.readFile(path)).offsetTable.get(`${topic}@${group}`)

async function rigWithMessages(count = 10): Promise<{ rig: Rig; client: TestClient }> {
  const rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  for (let i = 0; i < count; i++) await client.send('T1', `m${i}`)
  await client.join('CG', ['T1'])
  return { rig, client }
}

test('a group that never was in a queue begins at 0 while its first message is recent, and elsewhere decides itself', async () => {
  const { rig, client } = await rigWithMessages()
  await using _ = rig
  const request = { consumerGroup: 'NEW', topic: 'T1', queueId: 0 }
  assert.equal((await client.ask(queryConsumerOffset, request)).fields.offset, 0)
  assert.equal((await client.ask(queryConsumerOffset, { ...request, setZeroIfNotFound: true })).fields.offset, 0)
  const asked = (changes: object) =>
    client.refusal(client.remoting.invoke(client.address, queryConsumerOffset, { ...request, ...changes }))
  assert.deepEqual(await asked({ setZeroIfNotFound: false }), {
    code: 22,
    remark: 'Not found, do not set to zero, maybe this group boot first',
  })
  const bootFirst = { code: 22, remark: 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first' }
  assert.deepEqual(await asked({ queueId: 1 }), bootFirst)
  assert.deepEqual(await asked({ topic: 'T404' }), bootFirst)
})

test('a commit is taken as it is, also a smaller one, and read back', async () => {
  const { rig, client } = await rigWithMessages()
  await using _ = rig
  for (const offset of [7, 3, 1_000_000]) {
    await client.commit('CG', 'T1', offset)
    assert.equal(await client.committed('CG', 'T1'), offset)
  }
  assert.equal(await client.committed('CG', 'T1', 1), undefined)
})

test('a commit for an unknown group or topic, or without queue or offset, is refused', async () => {
  const { rig, client } = await rigWithMessages()
  await using _ = rig
  const commit = { consumerGroup: 'CG', topic: 'T1', queueId: 0, commitOffset: 1 }
  const asked = (changes: object) =>
    client.refusal(client.remoting.invoke(client.address, updateConsumerOffset, { ...commit, ...changes }))
  assert.deepEqual(await asked({ consumerGroup: 'GX' }), { code: 26, remark: 'Group GX not exist!' })
  assert.deepEqual(await asked({ topic: 'TX' }), { code: 17, remark: 'Topic TX not exist!' })
  assert.deepEqual(await asked({ queueId: undefined }), { code: 29, remark: 'QueueId is null, topic is T1' })
  assert.deepEqual(await asked({ commitOffset: undefined }), { code: 29, remark: 'Offset is null, topic is T1' })
})

test('commits are written every 5 s, and only when there are new ones', async () => {
  const { rig, client } = await rigWithMessages()
  await using _ = rig
  await client.commit('CG', 'T1', 4)
  await rig.clock.advance(5_100)
  assert.equal((await offsetsIn(rig))!.get(0), 4)
  const before = (await rig.files.stat(path))!.modifiedAt
  await rig.clock.advance(20_000)
  assert.equal((await rig.files.stat(path))!.modifiedAt, before)
  await client.commit('CG', 'T1', 5)
  await rig.clock.advance(5_100)
  assert.equal((await offsetsIn(rig))!.get(0), 5)
})

test('offsets survive a stop, and after a kill are those of the last 5 s', async () => {
  const rig = new Rig()
  await using _ = rig
  const first = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.join('CG', ['T1'])
  await client.commit('CG', 'T1', 1)
  await rig.stop(first)
  const second = await rig.broker()
  assert.equal(await client.committed('CG', 'T1'), 1)
  await client.commit('CG', 'T1', 2)
  await rig.clock.advance(5_100)
  await client.commit('CG', 'T1', 3)
  const files = rig.files as MemoryFileSystem
  files.shutDown()
  await rig.kill(second)
  rig.files = new MemoryFileSystem({ clock: rig.clock, disk: files.disk })
  await rig.broker()
  assert.equal(await client.committed('CG', 'T1'), 2)
})

test('a torn file gives way to its predecessor, and without one the broker does not start', async () => {
  const rig = new Rig()
  await using _ = rig
  const first = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.join('CG', ['T1'])
  for (const offset of [1, 2]) {
    await client.commit('CG', 'T1', offset)
    await rig.clock.advance(5_100)
  }
  await rig.stop(first)
  const tear = async (name: string) => {
    const file = await rig.files.open(name)
    await file.truncate(20)
    await file.close()
  }
  await tear(path)
  const second = await rig.broker()
  assert.equal(await client.committed('CG', 'T1'), 1)
  await rig.stop(second)
  for (const name of [path, `${path}.bak`]) if ((await rig.files.stat(name)) !== undefined) await tear(name)
  await assert.rejects(rig.broker(), /consumerOffset\.json/)
  for (const name of [path, `${path}.bak`]) await rig.files.remove(name)
  await rig.broker()
  assert.equal(await client.committed('CG', 'T1'), undefined)
})

test('an offset on disk is never ahead of the messages on disk, though commits come while the log is synced', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const disk = new CrashFileSystem()
    await using rig = new Rig({ seed, latencyMs: { min: 0, max: 1 } })
    const random = rig.random.fork()
    rig.files = withSlowSyncs(disk, rig.clock, () => random.int(60))
    const store = { flushIntervalCommitLog: 60_000, flushCommitLogThoroughInterval: 600_000 }
    const broker = await rig.broker({ offsetFlushMs: 200 }, store)
    const client = rig.client()
    await client.createTopic('T1')
    await client.join('CG', ['T1'])
    let sent = 0
    const commit = () => ({ consumerGroup: 'CG', topic: 'T1', queueId: 0, commitOffset: sent })
    const endMs = rig.clock.monotonicMs() + 500 + rig.random.int(200)
    while (rig.clock.monotonicMs() < endMs) {
      await client.send('T1', `m${sent++}`)
      await rig.clock.until(client.remoting.oneway(client.address, updateConsumerOffset, commit()))
    }
    const survived = disk.crash(new SeededRandom(seed))
    await rig.kill(broker)
    rig.files = survived
    const next = await rig.broker()
    const committed = (await client.committed('CG', 'T1')) ?? 0
    assert.ok(committed > 0, `seed ${seed}: something was committed`)
    const { maxOffset } = (await client.pull('T1', 0)).fields
    assert.ok(committed <= maxOffset, `seed ${seed}: offset ${committed} of ${maxOffset} messages`)
    await rig.stop(next)
  }
})

test('a write that fails is logged and tried again', async () => {
  await using rig = new Rig()
  const files = new FaultyFileSystem(rig.files)
  rig.files = files
  await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.join('CG', ['T1'])
  await client.commit('CG', 'T1', 1)
  files.arm({ operation: 'sync', systemCode: 'EIO', path: /consumerOffset/ })
  await rig.clock.advance(5_100)
  assert.ok(rig.messages('error').some((message) => message.includes('committed offsets were not written')))
  await rig.clock.advance(5_000)
  assert.equal((await offsetsIn(rig))!.get(0), 1)
})
