import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockBatchMq, sendBatchMessage, sendMessage, sendMessageV2 } from '@cometmq/protocol/commands'
import { decodeProperties, decodeUniqKey, encodeBatch, encodeProperties, propertyOf } from '@cometmq/protocol/message'
import { brokerAddress, Rig } from '../rig.ts'

const props = (entries: Record<string, string>) => encodeProperties(Object.entries(entries))

test('a message is answered with its place and read back as it was sent', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const bornTimestamp = client.clock.now()
  const properties = props({ TAGS: 'A', KEYS: 'k', UNIQ_KEY: '0A0000020001000000000000000A0001', own: 'x y' })
  const sent = await client.send('T1', 'hello', { queueId: 2, flag: 9, properties })
  assert.deepEqual(
    { ...sent },
    {
      msgId: '0A00000100002A9F0000000000000000',
      queueId: 2,
      queueOffset: 0,
      transactionId: '0A0000020001000000000000000A0001',
      batchUniqId: undefined,
      recallHandle: undefined,
      regionId: 'DefaultRegion',
      traceOn: 'true',
    },
  )
  const { messages } = await client.pull('T1', 0, { queueId: 2 })
  const [message] = messages
  assert.equal(message!.body.toString(), 'hello')
  assert.equal(message!.flag, 9)
  assert.equal(message!.bornTimestamp, bornTimestamp)
  assert.equal(message!.bornHost.host, '10.0.0.2')
  assert.deepEqual(message!.storeHost, brokerAddress)
  assert.deepEqual(Object.fromEntries(decodeProperties(message!.properties)), {
    TAGS: 'A',
    KEYS: 'k',
    UNIQ_KEY: '0A0000020001000000000000000A0001',
    own: 'x y',
    MSG_REGION: 'DefaultRegion',
    TRACE_ON: 'true',
    CLUSTER: 'DefaultCluster',
  })
})

test('the long names of SEND_MESSAGE mean the same', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const request = client.sendRequest('T1', { queueId: 3, properties: props({ TAGS: 'B' }) })
  const { fields } = await client.ask(sendMessage, request, { body: Buffer.from('long names') })
  assert.equal(fields.queueId, 3)
  assert.deepEqual(await client.bodies('T1', 3), ['long names'])
})

test('a message without a unique key gets one, of the broker', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const keys = [await client.send('T1', 'a'), await client.send('T1', 'b')].map((sent) => sent.transactionId!)
  assert.notEqual(keys[0], keys[1])
  assert.equal(decodeUniqKey(keys[0]!).address, brokerAddress.host)
  const { messages } = await client.pull('T1', 0)
  assert.deepEqual(
    messages.map(({ properties }) => propertyOf(properties, 'UNIQ_KEY')),
    keys,
  )
})

test('a message of an IPv6 client keeps its address', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client('fd00::2')
  await client.send('T1', 'six')
  const [message] = (await client.pull('T1', 0)).messages
  assert.equal(message!.bornHost.host, 'fd00::2')
})

test('a oneway message is stored and not answered, and a refused one is not answered either', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const oneway = (topic: string, body: string) =>
    client.clock.until(
      client.remoting.oneway(client.address, sendMessageV2, client.sendRequest(topic), Buffer.from(body)),
    )
  await oneway('T1', 'first')
  await oneway('no such name', 'refused')
  await oneway('T1', 'second')
  // Sends to a topic that is being made overtake each other only when they were sent without waiting.
  assert.deepEqual((await client.bodies('T1')).sort(), ['first', 'second'])
})

test('messages on one connection keep their order within a queue', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  const bodies = Array.from({ length: 100 }, (_, i) => `m${i}`)
  const answers = await client.clock.until(Promise.all(bodies.map((body) => client.sending('T1', body))))
  assert.deepEqual(
    answers.map(({ fields }) => fields.queueOffset),
    bodies.map((_, i) => i),
  )
  assert.deepEqual(await client.bodies('T1'), bodies)
})

test('a negative queue id lets the broker choose among the write queues', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1', { queues: 8, writeQueues: 3 })
  const chosen = new Set<number>()
  for (let i = 0; i < 60; i++) chosen.add((await client.send('T1', 'x', { queueId: -1 })).queueId)
  assert.deepEqual([...chosen].sort(), [0, 1, 2])
})

test('a batch is one message each, at consecutive offsets, stored with the properties that they came with', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const items = ['one', 'two', 'three'].map((text, i) => ({
    flag: i,
    properties: props({ UNIQ_KEY: `KEY${i}`, TAGS: `T${i}` }),
    body: Buffer.from(text),
  }))
  for (const command of [sendBatchMessage, sendMessageV2]) {
    const properties = props({ UNIQ_KEY: 'BATCH', WAIT: 'true' })
    const request = { ...client.sendRequest('T1', { properties }), batch: true }
    const { fields } = await client.ask(command, request, { body: encodeBatch(items) })
    assert.equal(fields.transactionId, 'BATCH')
    assert.equal(fields.msgId.split(',').length, 3)
    assert.equal(fields.queueOffset, command === sendBatchMessage ? 0 : 3)
  }
  const { messages } = await client.pull('T1', 0)
  assert.equal(messages.length, 6)
  for (const [i, message] of messages.entries()) {
    const item = items[i % 3]!
    assert.equal(message.queueOffset, i)
    assert.equal(message.flag, item.flag)
    assert.deepEqual(message.body, item.body)
    assert.equal(message.properties, item.properties)
  }
  assert.deepEqual(
    (await client.pull('T1', 0, { expression: 'T1' })).messages.map(({ body }) => body.toString()),
    ['two', 'two'],
  )
})

test('a message of a retry topic that was tried too often becomes a dead letter', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await client.send('%RETRY%CG', 'again', { reconsumeTimes: 16 })
  const dead = await client.send('%RETRY%CG', 'enough', { reconsumeTimes: 17, properties: props({ DELAY: '3' }) })
  assert.equal(dead.queueOffset, 0)
  await client.send('%RETRY%CG', 'own limit', { reconsumeTimes: 3, maxReconsumeTimes: 2 })
  assert.deepEqual(await client.bodies('%RETRY%CG'), ['again'])
  assert.deepEqual(await client.bodies('%DLQ%CG'), ['enough', 'own limit'])
  assert.equal(broker.topics.get('%DLQ%CG')!.writeQueueNums, 1)
  assert.equal(broker.topics.get('%DLQ%CG')!.perm, 6)
  const [first] = (await client.pull('%DLQ%CG', 0)).messages
  assert.equal(propertyOf(first!.properties, 'DELAY'), '-1')
})

test('an orderly group gives a message up by sending it to its retry topic while it holds a lock', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const mqSet = [{ topic: 'T1', brokerName: 'broker-a', queueId: 0 }]
  const body = { clientId: client.clientId, consumerGroup: 'CO', mqSet, onlyThisBroker: false }
  await client.ask(lockBatchMq, {}, { body })
  await client.send('%RETRY%CO', 'given up', { reconsumeTimes: 1 })
  await client.clock.advance(61_000)
  await client.send('%RETRY%CO', 'retried', { reconsumeTimes: 1 })
  assert.deepEqual(await client.bodies('%DLQ%CO'), ['given up'])
  assert.deepEqual(await client.bodies('%RETRY%CO'), ['retried'])
})
