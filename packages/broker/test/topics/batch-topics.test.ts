import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendBatchMessage } from '@cometmq/protocol/commands'
import { updateAndCreateTopic } from '@cometmq/protocol/commands/admin'
import { decodeBatch, encodeBatch, propertyOf } from '@cometmq/protocol/message'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const items = (texts: string[]) => texts.map((text) => ({ flag: 0, properties: '', body: Buffer.from(text) }))

const create = (client: TestClient, attributes: string, topic = 'B') =>
  client.ask(updateAndCreateTopic, {
    ...{ topic, defaultTopic: 'TBW102', readQueueNums: 1, writeQueueNums: 1, perm: 6, topicFilterType: 'SINGLE_TAG' },
    attributes,
  })

const sendBatch = async (client: TestClient, topic: string, texts: string[]) =>
  (
    await client.ask(
      sendBatchMessage,
      { ...client.sendRequest(topic), batch: true, properties: 'UNIQ_KEY\u0001K1\u0002' },
      { body: encodeBatch(items(texts)) },
    )
  ).fields

test('a batch to a topic with batch queues is one record, and counts as its messages', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await create(client, '+queue.type=BatchCQ')
  const first = await sendBatch(client, 'B', ['a', 'b', 'c'])
  assert.deepEqual([first.queueOffset, first.batchUniqId], [0, 'K1'])
  assert.equal((await client.send('B', 'alone')).queueOffset, 3)
  assert.equal((await sendBatch(client, 'B', ['d'])).queueOffset, 4)
  const { messages, fields } = await client.pull('B', 0)
  assert.deepEqual([fields.nextBeginOffset, fields.maxOffset], [5, 5])
  assert.deepEqual(
    decodeBatch(messages[0]!.body).map(({ body }) => body.toString()),
    ['a', 'b', 'c'],
  )
  assert.equal(messages[0]!.sysFlag & 0xc0, 0xc0)
  assert.equal(propertyOf(messages[0]!.properties, 'INNER_NUM'), '3')
  assert.equal(messages[1]!.body.toString(), 'alone')
  await rig.stop(broker)
  await rig.broker()
  await client.disconnect()
  const again = await rig.client('10.0.0.3').pull('B', 3)
  assert.deepEqual([again.messages[0]!.queueOffset, again.fields.nextBeginOffset], [3, 5])
})

test('a batch to another topic has a record for each message, all in one file of the log', async () => {
  await using rig = new Rig()
  const broker = await rig.broker({}, { mappedFileSizeCommitLog: 4096 })
  const client = rig.client()
  for (let n = 0; n < 10; n++) await client.send('T', 'x'.repeat(100))
  const { appendedOffset } = broker.store.state
  const left = 4096 - (appendedOffset % 4096)
  const sent = await sendBatch(
    client,
    'T',
    Array.from({ length: 6 }, () => 'y'.repeat(Math.ceil(left / 6))),
  )
  assert.equal(sent.queueOffset, 10)
  const positions = sent.msgId.split(',').map((id) => Number.parseInt(id.slice(16), 16))
  assert.equal(positions.length, 6)
  assert.equal(positions[0], appendedOffset + left, 'it did not fit into the rest of the file')
  assert.equal(new Set(positions.map((position) => Math.floor(position / 4096))).size, 1)
  const { messages } = await client.pull('T', 10)
  assert.deepEqual(
    messages.map(({ queueOffset }) => queueOffset),
    [10, 11, 12, 13, 14, 15],
  )
})

test('attributes of topics are set, kept and checked as Apache does it', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await create(client, '+message.type=FIFO, +queue.type=SimpleCQ')
  await create(client, '')
  await create(client, '+reserve.time=5,-message.type')
  assert.deepEqual(broker.topics.get('B')?.attributes, { 'queue.type': 'SimpleCQ', 'reserve.time': '5' })
  for (const [change, remark] of [
    ['+queue.type=BatchCQ', 'attempt to update an unchangeable attribute. key: queue.type'],
    ['-message.type', 'attempt to delete a nonexistent key: message.type'],
    ['+color=red', 'unsupported key: color'],
    ['+message.type=COLD', 'value is not in set or range: message.type=COLD'],
  ] as const) {
    const refusal = await client.refusal(create(client, change))
    assert.deepEqual(refusal, { code: 1, remark })
  }
  assert.equal((await client.refusal(create(client, '-message.type', 'New'))).code, 1)
})
