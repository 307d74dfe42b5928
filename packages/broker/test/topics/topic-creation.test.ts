import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { topicsFile } from '@cometmq/protocol/bodies'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem, SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import { configDirectory, Rig } from '../rig.ts'

const topicsPath = `${configDirectory}/topics.json`

test('a topic is made from the template with the fewer of its queues and those asked for', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await client.send('T4', 'x')
  await client.send('T8', 'x', { defaultTopicQueueNums: 100 })
  await client.send('T16', 'x', { defaultTopic: 'DefaultCluster', defaultTopicQueueNums: 100 })
  const shapes = ['T4', 'T8', 'T16'].map((name) => broker.topics.get(name)!)
  assert.deepEqual(
    shapes.map(({ readQueueNums, writeQueueNums, perm }) => [readQueueNums, writeQueueNums, perm]),
    [
      [4, 4, 6],
      [8, 8, 6],
      [16, 16, 6],
    ],
  )
})

test('defaultTopicQueueNums bounds the template', async () => {
  await using rig = new Rig()
  const broker = await rig.broker({ defaultTopicQueues: 2 })
  await rig.client().send('T1', 'x')
  assert.equal(broker.topics.get('T1')!.writeQueueNums, 2)
})

test('a retry topic that is missing gets one queue, whatever the template', async () => {
  await using rig = new Rig()
  const broker = await rig.broker({ autoCreateTopic: false })
  await rig.client().send('%RETRY%CG', 'x')
  assert.equal(broker.topics.get('%RETRY%CG')!.writeQueueNums, 1)
})

test('without auto-creation no topic is made, also when topics.json still has the template', async () => {
  await using rig = new Rig()
  await rig.stop(await rig.broker())
  const client = rig.client()
  const first = await rig.broker()
  await client.send('T1', 'makes topics.json, with TBW102')
  await rig.stop(first)
  await rig.broker({ autoCreateTopic: false })
  await client.send('T1', 'known')
  const { code, remark } = await client.refusal(client.sending('T2', 'x'))
  assert.equal(code, 17)
  assert.match(remark, /^topic\[T2\] not exist, apply first please!.*autoCreateTopicEnable/)
})

test('no message is acknowledged before its topic is durable, however many come at once', async () => {
  const clock = new SimulatedClock()
  const memory = new MemoryFileSystem({ clock })
  await using rig = new Rig({ latencyMs: { min: 1, max: 1 } })
  rig.files = new FaultyFileSystem(memory, { latency: { clock: rig.clock, minMs: 7, maxMs: 7 } })
  await rig.broker()
  const client = rig.client()
  await client.members('nobody').catch(() => {})
  const isDurable = async () => {
    const file = await memory.readFile(topicsPath).catch(() => undefined)
    return file !== undefined && 'T1' in topicsFile.decode(file).topicConfigTable
  }
  const acknowledged: Promise<boolean>[] = []
  const sends = ['a', 'b', 'c'].map(async (body) => {
    await client.sending('T1', body)
    acknowledged.push(isDurable())
  })
  await rig.clock.until(Promise.all(sends))
  assert.deepEqual(await Promise.all(acknowledged), [true, true, true])
  assert.deepEqual(await client.bodies('T1'), ['a', 'b', 'c'])
})

test('an acknowledged message has its topic after a power cut', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const files = new CrashFileSystem()
    await using rig = new Rig({ seed, files })
    const broker = await rig.broker({}, { flushDiskType: 'SYNC_FLUSH' })
    const client = rig.client()
    const properties = 'WAIT\u0001true\u0002'
    await rig.clock.until(
      Promise.race(['T1', 'T2', 'T1'].map((topic) => client.sending(topic, 'kept', { properties }))),
    )
    await client.send('T3', 'kept', { properties })
    rig.files = files.crash(new SeededRandom(seed))
    await rig.kill(broker)
    const next = await rig.broker()
    assert.ok(next.topics.get('T3'))
    assert.deepEqual(await client.bodies('T3'), ['kept'])
  }
})

for (const [systemCode, expected] of [
  ['ENOSPC', responseCode.SERVICE_NOT_AVAILABLE],
  ['EIO', responseCode.SYSTEM_ERROR],
] as const) {
  test(`a topic that could not be written is refused, and made by the next send: ${systemCode}`, async () => {
    await using rig = new Rig()
    const files = new FaultyFileSystem(rig.files)
    rig.files = files
    const broker = await rig.broker()
    const client = rig.client()
    files.arm({ operation: 'open', systemCode, path: /topics\.json/ })
    const { code, remark } = await client.refusal(client.sending('T1', 'x'))
    assert.equal(code, expected, remark)
    assert.match(remark, new RegExp(systemCode))
    assert.equal(broker.topics.get('T1'), undefined)
    await client.send('T1', 'y')
    assert.ok('T1' in topicsFile.decode(await rig.files.readFile(topicsPath)).topicConfigTable)
    assert.deepEqual(await client.bodies('T1'), ['y'])
  })
}

test('a topic that could not be changed stays as it was', async () => {
  await using rig = new Rig()
  const files = new FaultyFileSystem(rig.files)
  rig.files = files
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  files.arm({ operation: 'sync', systemCode: 'EIO', path: /topics\.json/ })
  await assert.rejects(client.createTopic('T1', { queues: 5 }), /EIO/)
  assert.equal(broker.topics.get('T1')!.writeQueueNums, 2)
})
