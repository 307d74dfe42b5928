import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { propertyOf } from '@cometmq/protocol/message'
import type { BrokerOptionsInput } from '../../../src/index.ts'
import { brokerLimits } from '../../../src/limits.ts'
import { TestPopper } from '../../pop/test-popper.ts'
import { Rig } from '../../rig.ts'

async function rigWithPopper(options: Partial<BrokerOptionsInput> = {}, queues = 2) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker(options)
  const client = rig.client()
  await client.createTopic('T', { queues })
  return { rig, broker, client, popper: new TestPopper(client) }
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`)

test('messages of all queues are popped once, and acknowledged they do not come again', async () => {
  const { rig, client, popper } = await rigWithPopper()
  await using _ = rig
  for (const [i, body] of numbered(10).entries()) await client.send('T', body, { queueId: i % 2 })
  const { code, fields, messages } = await popper.pop('T')
  assert.equal(code, 0)
  assert.deepEqual(messages.map(({ body }) => body).sort(), numbered(10))
  assert.deepEqual([fields.invisibleTime, fields.restNum], [10_000, 0])
  assert.equal((await popper.pop('T')).code, responseCode.POLLING_TIMEOUT)
  for (const message of messages) assert.equal(await popper.ack(message), 0)
  await rig.clock.advance(30_000)
  assert.equal((await popper.pop('T')).code, responseCode.POLLING_TIMEOUT)
})

test('what is not acknowledged comes again in the moment in which its invisible time ends, as another attempt', async () => {
  const { rig, client, popper } = await rigWithPopper()
  await using _ = rig
  await client.send('T', 'done', { queueId: 1 })
  await client.send('T', 'again', { queueId: 1, properties: 'TAGS\u0001A\u0002' })
  const { messages, fields } = await popper.pop('T')
  await popper.ack(messages[0]!)
  await rig.clock.advance(fields.popTime + 10_000 - rig.clock.now() - 1)
  assert.deepEqual(await popper.bodies('T'), [])
  await rig.clock.advance(3)
  const again = await popper.pop('T')
  assert.deepEqual(
    again.messages.map(({ body, reconsumeTimes, topic, message }) => [body, reconsumeTimes, topic, message.topic]),
    [['again', 1, '%RETRY%PG_T', 'T']],
  )
  const { properties } = again.messages[0]!.message
  assert.deepEqual(
    ['TAGS', 'ORIGIN_GROUP', '1ST_POP_TIME'].map((name) => propertyOf(properties, name)),
    ['A', 'PG', String(fields.popTime)],
  )
  await popper.ack(again.messages[0]!)
  await rig.clock.advance(60_000)
  assert.deepEqual(await popper.bodies('T'), [])
})

test('a message that fails again and again keeps coming, from its retry topic', async () => {
  const { rig, client, popper } = await rigWithPopper({ retryTopicV2: true })
  await using _ = rig
  await client.send('T', 'poison')
  for (let attempt = 0; attempt < 4; attempt++) {
    const [message] = (await popper.pop('T')).messages
    assert.deepEqual([message?.body, message?.reconsumeTimes], ['poison', attempt])
    if (attempt > 0) assert.equal(message!.topic, '%RETRY%PG+T')
    await rig.clock.advance(10_010)
  }
})

test('groups pop on their own', async () => {
  const { rig, client, popper } = await rigWithPopper()
  await using _ = rig
  await client.send('T', 'm')
  assert.deepEqual(await popper.bodies('T'), ['m'])
  assert.deepEqual(await popper.bodies('T', { group: 'OTHER' }), ['m'])
})

test('a pop that waits is answered when a message comes, each by one of those who wait', async () => {
  const { rig, client, popper } = await rigWithPopper()
  await using _ = rig
  const waiting = [1, 2].map(() => popper.popping('T', { pollMs: 15_000 }))
  await rig.clock.advance(1_000)
  assert.equal(await popper.waiting('T'), 2)
  await client.send('T', 'first')
  assert.deepEqual(
    (await rig.clock.until(waiting[0]!)).messages.map(({ body }) => body),
    ['first'],
  )
  assert.equal(await popper.waiting('T'), 1)
  await client.send('T', 'second', { queueId: 1 })
  assert.deepEqual(
    (await rig.clock.until(waiting[1]!)).messages.map(({ body }) => body),
    ['second'],
  )
})

test('a pop that waits is told when its time is up', async () => {
  const { rig, popper } = await rigWithPopper()
  await using _ = rig
  const began = rig.clock.now()
  const { code } = await popper.pop('T', { pollMs: 5_000 })
  assert.equal(code, responseCode.POLLING_TIMEOUT)
  assert.ok(rig.clock.now() - began >= 5_000 && rig.clock.now() - began < 5_100)
})

test('a pop that waits is given a message that was not acknowledged by somebody else, when its time ends', async () => {
  const { rig, client, popper } = await rigWithPopper()
  await using _ = rig
  await client.send('T', 'm')
  await popper.pop('T', { invisibleMs: 3_000 })
  const began = rig.clock.now()
  const { messages } = await popper.pop('T', { pollMs: 15_000 })
  assert.deepEqual(
    messages.map(({ body, reconsumeTimes }) => [body, reconsumeTimes]),
    [['m', 1]],
  )
  assert.ok(rig.clock.now() - began <= 3_010, `after ${rig.clock.now() - began} ms`)
})

test('who waits for messages of a tag is not woken by others, and passes them by', async () => {
  const { rig, client, popper } = await rigWithPopper()
  await using _ = rig
  const waiting = popper.popping('T', { pollMs: 15_000, exp: 'A', expType: 'TAG' })
  await rig.clock.advance(100)
  await client.send('T', 'other', { properties: 'TAGS\u0001B\u0002' })
  await client.send('T', 'mine', { properties: 'TAGS\u0001A\u0002' })
  assert.deepEqual(
    (await rig.clock.until(waiting)).messages.map(({ body }) => body),
    ['mine'],
  )
  assert.deepEqual(await popper.bodies('T'), [])
})

test('SQL92 filters are served, whatever enablePropertyFilter says', async () => {
  const { rig, client, popper } = await rigWithPopper()
  await using _ = rig
  await client.send('T', 'small', { properties: 'a\u00011\u0002' })
  await client.send('T', 'big', { properties: 'a\u00015\u0002' })
  assert.deepEqual(await popper.bodies('T', { exp: 'a > 3', expType: 'SQL92' }), ['big'])
  const refusal = await client.refusal(popper.popping('T', { exp: 'a >', expType: 'SQL92' }))
  assert.equal(refusal.code, responseCode.SUBSCRIPTION_PARSE_FAILED)
})

test('more waiting pops than the limits are refused with POLLING_FULL', async () => {
  const { rig, popper } = await rigWithPopper({ popPollingSize: 2, maxPopPollingSize: 3 })
  await using _ = rig
  const held = [-1, -1, 0].map((queueId) => popper.popping('T', { pollMs: 5_000, queueId }))
  await rig.clock.advance(50)
  assert.equal((await popper.pop('T', { pollMs: 5_000 })).code, responseCode.POLLING_FULL)
  assert.equal((await popper.pop('T', { pollMs: 5_000, queueId: 1 })).code, responseCode.POLLING_FULL)
  for (const one of held) assert.equal((await rig.clock.until(one)).code, responseCode.POLLING_TIMEOUT)
})

test('beyond the limit of open batches pops are refused with POLLING_FULL, until some are acknowledged', async () => {
  const { rig, client, popper } = await rigWithPopper({}, 1)
  await using _ = rig
  const limits: { openBatches: number } = brokerLimits
  const { openBatches } = limits
  limits.openBatches = 2
  try {
    for (const body of numbered(3)) await client.send('T', body)
    const first = await popper.pop('T', { max: 1 })
    await popper.pop('T', { max: 1 })
    const refused = await popper.pop('T', { max: 1 })
    assert.deepEqual([refused.code, refused.messages], [responseCode.POLLING_FULL, []])
    assert.match(refused.remark!, /^2 popped batches .* that is the limit/)
    await popper.ack(first.messages[0]!)
    assert.deepEqual(await popper.bodies('T', { max: 1 }), ['m2'])
  } finally {
    limits.openBatches = openBatches
  }
})

test('a group that pops the newest begins with the first message while all are in memory', async () => {
  const { rig, client, popper } = await rigWithPopper({ popBeginsWhenInMemory: false }, 1)
  await using _ = rig
  for (const body of numbered(5)) await client.send('T', body)
  assert.deepEqual(await popper.bodies('T', { initMode: 1 }), ['m4'])
  assert.deepEqual(await popper.bodies('T', { initMode: 0, group: 'FIRST' }), numbered(5))
})

test('an offset that an administrator sets is where the group goes on', async () => {
  const { rig, client, popper } = await rigWithPopper({}, 1)
  await using _ = rig
  for (const body of numbered(5)) await client.send('T', body)
  assert.deepEqual(await popper.bodies('T', { max: 4 }), numbered(4))
  await client.ask((await import('@cometmq/protocol/commands/admin')).invokeBrokerToResetOffset, {
    group: 'PG',
    topic: 'T',
    timestamp: 0,
    isForce: true,
    queueId: 0,
    offset: 2,
  })
  assert.deepEqual(await popper.bodies('T'), ['m2', 'm3', 'm4'])
})

test('a priority topic is popped from its highest queue down', async () => {
  const { rig, client, popper } = await rigWithPopper({}, 4)
  await using _ = rig
  const topics = await import('@cometmq/protocol/commands/admin')
  await client.ask(topics.updateAndCreateTopic, {
    topic: 'P',
    defaultTopic: 'TBW102',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: '+message.type=PRIORITY',
  })
  for (const queueId of [0, 3, 1, 2]) await client.send('P', `priority ${queueId}`, { queueId })
  const expected = [3, 2, 1, 0].map((queueId) => `priority ${queueId}`)
  assert.deepEqual(await popper.bodies('P'), expected)
})

test('refusals have the codes of the Apache broker', async () => {
  const { rig, client, popper } = await rigWithPopper({ autoCreateGroup: false })
  await using _ = rig
  const codeOf = async (asked: Promise<unknown>) => (await client.refusal(asked)).code
  assert.equal(await codeOf(popper.popping('NONE')), responseCode.TOPIC_NOT_EXIST)
  assert.equal(await codeOf(popper.popping('T', { queueId: 2 })), responseCode.INVALID_PARAMETER)
  assert.equal(await codeOf(popper.popping('T', { max: 33 })), responseCode.INVALID_PARAMETER)
  assert.equal(await codeOf(popper.popping('T')), responseCode.SUBSCRIPTION_GROUP_NOT_EXIST)
  await client.createTopic('W', { perm: 2 })
  assert.equal(await codeOf(popper.popping('W')), responseCode.NO_PERMISSION)
})
