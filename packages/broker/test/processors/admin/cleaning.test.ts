import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getEarliestMsgStoretime, getMinOffset } from '@cometmq/protocol/commands'
import { cleanExpiredConsumequeue, cleanUnusedTopic, deleteExpiredCommitlog } from '@cometmq/protocol/commands/admin'
import { Rig } from '../../rig.ts'

/** Noon, local time, which is no hour of deleteWhen. */
const epochMs = new Date(2026, 0, 1, 12).getTime()
const store = { mappedFileSizeCommitLog: 64 * 1024, fileReservedTime: 1 }

async function filledRig() {
  const rig = new Rig({ epochMs })
  const broker = await rig.broker({}, store)
  const client = rig.client()
  await client.createTopic('OLD')
  await client.createTopic('T1')
  await client.send('OLD', 'old')
  for (let index = 0; index < 100; index++) await client.send('T1', `${index}`.padEnd(2_000))
  return { rig, broker, client }
}

test('DELETE_EXPIRED_COMMITLOG removes files that are old enough, and consumers are told where queues begin', async () => {
  const { rig, broker, client } = await filledRig()
  await client.ask(deleteExpiredCommitlog, {})
  await rig.clock.advance(60_000)
  assert.equal(broker.store.state.minPhysicalOffset, 0, 'they are too young')
  await rig.clock.advance(3_600_000)
  await client.ask(deleteExpiredCommitlog, {})
  await rig.clock.advance(20_000)
  assert.equal(broker.store.state.minPhysicalOffset, 3 * 64 * 1024)
  const { offset: min } = (await client.ask(getMinOffset, { topic: 'T1', queueId: 0 })).fields
  assert.ok(min! > 0)
  const pulled = await client.pull('T1', 0)
  assert.deepEqual([pulled.code, pulled.fields.nextBeginOffset], [21, min])
  assert.equal((await client.pull('T1', Number(min))).code, 0)
  const { timestamp } = (await client.ask(getEarliestMsgStoretime, { topic: 'OLD', queueId: 0 })).fields
  assert.equal(timestamp, -1)
  await rig[Symbol.asyncDispose]()
})

test('CLEAN_EXPIRED_CONSUMEQUEUE removes queues without messages, and no others', async () => {
  const { rig, broker, client } = await filledRig()
  await rig.clock.advance(3_600_000)
  await client.ask(deleteExpiredCommitlog, {})
  await rig.clock.advance(20_000)
  assert.equal(broker.store.maxOffset('OLD', 0), 1)
  await client.ask(cleanExpiredConsumequeue, {})
  assert.deepEqual(
    [...broker.store.queues()].map(({ topic }) => topic),
    ['T1'],
  )
  assert.equal(await rig.files.stat('/data/store/consumequeue/OLD'), undefined)
  assert.equal((await client.send('OLD', 'new')).queueOffset, 0)
  assert.deepEqual(await client.bodies('OLD'), ['new'])
  await rig[Symbol.asyncDispose]()
})

test('CLEAN_UNUSED_TOPIC removes queues of topics that are in no table', async () => {
  const { rig, broker, client } = await filledRig()
  await rig.stop(broker)
  const topics = JSON.parse((await rig.files.readFile('/data/store/config/topics.json')).toString())
  delete topics.topicConfigTable.OLD
  const file = await rig.files.open('/data/store/config/topics.json')
  const text = Buffer.from(JSON.stringify(topics))
  await file.truncate(0)
  await file.write(text, 0)
  await file.close()
  const next = await rig.broker({}, store)
  await client.ask(cleanUnusedTopic, {})
  assert.deepEqual(
    [...next.store.queues()].map(({ topic }) => topic),
    ['T1'],
  )
  assert.equal((await client.bodies('T1')).length, 100)
  await rig[Symbol.asyncDispose]()
})
