import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerSendMsgBack } from '@cometmq/protocol/commands'
import { encodeOffsetMsgId, propertyOf, type StoredMessage } from '@cometmq/protocol/message'
import { FaultyFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

async function withMessage(options: { properties?: string; reconsumeTimes?: number } = {}) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'fails', { flag: 5, properties: 'TAGS\u0001A\u0002', ...options })
  await client.join('CG', ['T1'])
  return { rig, broker, client, message: await first(client, 'T1') }
}

async function first(client: TestClient, topic: string, offset = 0): Promise<StoredMessage> {
  return (await client.pull(topic, offset)).messages[0]!
}

test('a message that is sent back comes again on the retry topic after its delay, and says where it is from', async () => {
  const { rig, client, message } = await withMessage()
  await using _ = rig
  await client.sendBack('CG', message)
  await rig.clock.advance(9_999)
  assert.deepEqual(await client.bodies('%RETRY%CG'), [])
  await rig.clock.advance(1)
  const again = await first(client, '%RETRY%CG')
  assert.equal(again.reconsumeTimes, 1)
  assert.deepEqual([again.flag, again.body.toString(), again.bornTimestamp], [5, 'fails', message.bornTimestamp])
  assert.deepEqual(again.bornHost, message.bornHost)
  assert.equal(propertyOf(again.properties, 'UNIQ_KEY'), propertyOf(message.properties, 'UNIQ_KEY'))
  assert.equal(propertyOf(again.properties, 'RETRY_TOPIC'), 'T1')
  const originId = encodeOffsetMsgId(message.storeHost, message.physicalOffset)
  assert.equal(propertyOf(again.properties, 'ORIGIN_MESSAGE_ID'), originId)
  assert.equal(propertyOf(again.properties, 'WAIT'), 'false')
  // Sent back again it waits longer, and keeps where it is from.
  await client.sendBack('CG', again)
  await rig.clock.advance(29_999)
  assert.deepEqual(await client.bodies('%RETRY%CG'), ['fails'])
  await rig.clock.advance(1)
  const third = await first(client, '%RETRY%CG', 1)
  assert.equal(third.reconsumeTimes, 2)
  assert.equal(propertyOf(third.properties, 'RETRY_TOPIC'), 'T1')
  assert.equal(propertyOf(third.properties, 'ORIGIN_MESSAGE_ID'), originId)
})

test('the consumer may name the level; one above the highest is the highest', async () => {
  const { rig, client, message } = await withMessage()
  await using _ = rig
  await client.sendBack('CG', message, { delayLevel: 1 })
  await rig.clock.advance(1_000)
  assert.deepEqual(await client.bodies('%RETRY%CG'), ['fails'])
  await client.sendBack('CG', message, { delayLevel: 77 })
  await rig.clock.advance(7_199_000)
  assert.equal((await client.bodies('%RETRY%CG')).length, 1)
  await rig.clock.advance(1_000)
  assert.equal((await client.bodies('%RETRY%CG')).length, 2)
})

test('a negative level, or too many attempts, means dead letters, at once', async () => {
  const { rig, broker, client, message } = await withMessage()
  await using _ = rig
  await client.sendBack('CG', message, { delayLevel: -1 })
  await client.sendBack('CG', message, { maxReconsumeTimes: 0 })
  assert.deepEqual(await client.bodies('%DLQ%CG'), ['fails', 'fails'])
  assert.equal(broker.topics.get('%DLQ%CG')!.readQueueNums, 1)
  const dead = await first(client, '%DLQ%CG')
  assert.equal(dead.reconsumeTimes, 1)
  assert.equal(propertyOf(dead.properties, 'RETRY_TOPIC'), 'T1')
  assert.equal(propertyOf(dead.properties, 'DELAY'), '0')
})

test('the group’s limit of 16 counts when the consumer names none', async () => {
  const { rig, client } = await withMessage()
  await using _ = rig
  await client.send('T1', 'tried 15 times', { reconsumeTimes: 15 })
  await client.send('T1', 'tried 16 times', { reconsumeTimes: 16 })
  for (const offset of [1, 2]) await client.sendBack('CG', await first(client, 'T1', offset))
  assert.deepEqual(await client.bodies('%DLQ%CG'), ['tried 16 times'])
  await rig.clock.advance(7_200_000)
  assert.deepEqual(await client.bodies('%RETRY%CG'), ['tried 15 times'])
})

/** How long a message waits before each attempt, in seconds. */
const retryDelays = [10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200]

test('a message that always fails is tried 16 times, each at its level, over nearly five hours, and is a dead letter then', async () => {
  const { rig, broker, client, message } = await withMessage()
  await using _ = rig
  const startMs = rig.clock.now()
  let failing = message
  for (const [attempt, seconds] of retryDelays.entries()) {
    const sentBackMs = rig.clock.now()
    await client.sendBack('CG', failing)
    await rig.clock.advance(seconds * 1_000 - 1)
    assert.equal((await client.bodies('%RETRY%CG')).length, attempt, `attempt ${attempt + 1} is early`)
    await rig.clock.advance(2)
    failing = await first(client, '%RETRY%CG', attempt)
    assert.equal(failing.reconsumeTimes, attempt + 1)
    const waitedMs = failing.storeTimestamp - sentBackMs
    assert.ok(waitedMs >= seconds * 1_000 && waitedMs <= seconds * 1_000 + 2, `waited ${waitedMs} ms`)
  }
  assert.ok(rig.clock.now() - startMs >= retryDelays.reduce((sum, seconds) => sum + seconds * 1_000, 0))
  assert.equal(broker.topics.get('%DLQ%CG'), undefined)
  await client.sendBack('CG', failing)
  await rig.clock.advance(7_200_000)
  const dead = await first(client, '%DLQ%CG')
  assert.deepEqual([dead.body.toString(), dead.reconsumeTimes], ['fails', 17])
  assert.equal(propertyOf(dead.properties, 'RETRY_TOPIC'), 'T1')
  const originId = encodeOffsetMsgId(message.storeHost, message.physicalOffset)
  assert.equal(propertyOf(dead.properties, 'ORIGIN_MESSAGE_ID'), originId)
  assert.equal((await client.bodies('%RETRY%CG')).length, 16)
})

test('a message of IPv6 hosts can be sent back', async () => {
  const { rig } = await withMessage()
  await using _ = rig
  const client = rig.client('fd00::7')
  await client.send('T1', 'six')
  await client.sendBack('CG', await first(client, 'T1', 1), { delayLevel: 1 })
  await rig.clock.advance(1_000)
  assert.equal((await first(client, '%RETRY%CG')).bornHost.host, 'fd00::7')
})

test('what cannot be sent back is refused with the reason', async () => {
  const { rig, broker, client } = await withMessage()
  await using _ = rig
  const asked = (request: object) =>
    client.refusal(
      client.remoting.invoke(client.address, consumerSendMsgBack, {
        offset: 0,
        group: 'CG',
        delayLevel: 0,
        ...request,
      }),
    )
  for (const offset of [99_999_999, 3, -1]) {
    const { code, remark } = await asked({ offset })
    assert.equal(code, 1)
    assert.match(remark, new RegExp(`^look message by offset failed, ${offset}`))
  }
  await client.createTopic('%RETRY%CG', { perm: 4 })
  assert.equal((await asked({})).code, 16)
  await rig.stop(broker)
  await rig.broker({ autoCreateGroup: false })
  assert.equal((await asked({ group: 'UNKNOWN' })).code, 26)
})

test('a disk that fails is told to the consumer, who keeps the message', async () => {
  await using rig = new Rig()
  const files = new FaultyFileSystem(rig.files)
  rig.files = files
  await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.join('CG', ['T1'])
  const message = await first(client, 'T1')
  files.arm({ operation: 'write', systemCode: 'ENOSPC', path: /commitlog/ })
  await assert.rejects(client.sendBack('CG', message), /SERVICE_NOT_AVAILABLE.*ENOSPC/)
})
