import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subscriptionGroupsFile } from '@cometmq/protocol/bodies'
import { updateConsumerOffset } from '@cometmq/protocol/commands'
import { askRaw } from '../raw-peer.ts'
import { configDirectory, Rig } from '../rig.ts'

const tag = (name: string) => `TAGS\u0001${name}\u0002`

test('each place in a queue has its code, remark and next offset', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (let i = 0; i < 5; i++) await client.send('T1', `m${i}`, { properties: tag(i % 2 === 0 ? 'even' : 'odd') })
  const cases = [
    { offset: 0, code: 0, remark: 'FOUND', next: 5, bodies: ['m0', 'm1', 'm2', 'm3', 'm4'] },
    { offset: 3, code: 0, remark: 'FOUND', next: 5, bodies: ['m3', 'm4'] },
    { offset: 1, expression: 'even', code: 0, remark: 'FOUND', next: 5, bodies: ['m2', 'm4'] },
    { offset: 0, expression: 'odd || none', code: 0, remark: 'FOUND', next: 5, bodies: ['m1', 'm3'] },
    { offset: 0, expression: 'none', code: 20, remark: 'NO_MATCHED_MESSAGE', next: 5, bodies: [] },
    { offset: 5, code: 19, remark: 'OFFSET_OVERFLOW_ONE', next: 5, bodies: [] },
    { offset: 6, code: 21, remark: 'OFFSET_OVERFLOW_BADLY', next: 5, bodies: [] },
    { offset: -1, code: 21, remark: 'OFFSET_TOO_SMALL', next: 0, bodies: [] },
    { offset: 0, queueId: 1, code: 19, remark: 'NO_MESSAGE_IN_QUEUE', next: 0, bodies: [] },
    { offset: 3, queueId: 1, code: 21, remark: 'NO_MESSAGE_IN_QUEUE', next: 0, bodies: [] },
  ]
  for (const { offset, code, remark, next, bodies, ...options } of cases) {
    const pulled = await client.pull('T1', offset, options)
    const name = `${offset} ${JSON.stringify(options)}`
    assert.equal(pulled.code, code, name)
    assert.equal(pulled.remark, remark, name)
    assert.equal(pulled.fields.nextBeginOffset, next, name)
    assert.equal(pulled.fields.suggestWhichBrokerId, 0)
    assert.equal(pulled.fields.maxOffset, options.queueId === 1 ? 0 : 5)
    assert.equal(pulled.fields.minOffset, 0)
    assert.deepEqual(
      pulled.messages.map(({ body }) => body.toString()),
      bodies,
      name,
    )
  }
})

test('a pull takes no more messages than it asked for, and the next goes on behind them', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (let i = 0; i < 40; i++) await client.send('T1', `m${i}`)
  const first = await client.pull('T1', 0, { maxMsgNums: 3 })
  assert.equal(first.messages.length, 3)
  assert.equal(first.fields.nextBeginOffset, 3)
  assert.equal((await client.pull('T1', 3, { maxMsgNums: 100 })).messages.length, 32)
})

test('filtering is by the hash of the tag, so that another tag with the same hash comes too', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (const name of ['Aa', 'BB', 'C']) await client.send('T1', name, { properties: tag(name) })
  const { messages } = await client.pull('T1', 0, { expression: 'Aa' })
  assert.deepEqual(
    messages.map(({ body }) => body.toString()),
    ['Aa', 'BB'],
  )
})

test('what a group may not read is refused with the code, and with who forbids it', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('WRITE_ONLY', { perm: 2 })
  await client.createTopic('T1', { queues: 2, writeQueues: 4 })
  const cases = [
    { topic: 'T404', code: 17, remark: /^topic\[T404\] not exist, apply first please!/ },
    { topic: 'WRITE_ONLY', code: 16, remark: /^the topic\[WRITE_ONLY\] pulling message is forbidden/ },
    {
      topic: 'T1',
      queueId: 2,
      code: 29,
      remark: /^queueId\[2\] is illegal, topic:\[T1\] topicConfig\.readQueueNums:\[2\]/,
    },
    { topic: 'T1', queueId: -1, code: 29, remark: /^queueId\[-1\] is illegal/ },
    { topic: 'T1', expression: '||', code: 23, remark: /^parse the consumer's subscription failed/ },
    { topic: 'T1', expression: 'a = 1', expressionType: 'SQL92', code: 1, remark: /SQL92/ },
    { topic: 'T1', expression: undefined, code: 24, remark: /^the consumer's group info not exist/ },
  ]
  for (const { topic, code, remark, ...options } of cases) {
    const refusal = await client.refusal(client.pulling(topic, 0, options))
    assert.equal(refusal.code, code, refusal.remark)
    assert.match(refusal.remark, remark)
  }
})

test('the subscription of the heartbeat serves pulls that carry none', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (const name of ['A', 'B', 'C']) await client.send('T1', name, { properties: tag(name) })
  await client.join('CG', ['T1'], { subscriptions: { T1: { expression: 'A || C', version: 5 } } })
  const { messages } = await client.pull('T1', 0, { expression: undefined, subVersion: 5 })
  assert.deepEqual(
    messages.map(({ body }) => body.toString()),
    ['A', 'C'],
  )
  const stale = await client.refusal(client.pulling('T1', 0, { expression: undefined, subVersion: 6 }))
  assert.deepEqual([stale.code, stale.remark.startsWith("the consumer's subscription not latest")], [25, true])
  const byTags = await client.pull('T1', 0, { expression: undefined, subVersion: 6, expressionType: 'TAG' })
  assert.deepEqual(
    byTags.messages.map(({ body }) => body.toString()),
    ['A', 'B', 'C'],
  )
  const unknown = await client.refusal(client.pulling('BenchmarkTest', 0, { expression: undefined }))
  assert.deepEqual([unknown.code, unknown.remark.startsWith("the consumer's subscription not exist")], [24, true])
})

test('a pull of an unknown group makes the group, unless groups are not made by themselves', async () => {
  await using rig = new Rig()
  const first = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.pull('T1', 0, { group: 'MADE' })
  await client.ask(updateConsumerOffset, { consumerGroup: 'MADE', topic: 'T1', queueId: 0, commitOffset: 1 })
  await rig.stop(first)
  await rig.broker({ autoCreateGroup: false })
  assert.equal((await client.pull('T1', 0, { group: 'MADE' })).code, 0)
  const { code, remark } = await client.refusal(client.pulling('T1', 0, { group: 'OTHER' }))
  assert.equal(code, 26)
  assert.match(remark, /^subscription group \[OTHER\] does not exist/)
})

test('settings of a group forbid it to consume, to broadcast, or to read one topic; the answer says which', async () => {
  await using rig = new Rig()
  const first = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  for (const group of ['OFF', 'NO_BROADCAST', 'NOT_THIS']) await client.join(group, ['T1'])
  await rig.stop(first)
  const path = `${configDirectory}/subscriptionGroup.json`
  const table = subscriptionGroupsFile.decode(await rig.files.readFile(path))
  table.subscriptionGroupTable.OFF!.consumeEnable = false
  table.subscriptionGroupTable.NO_BROADCAST!.consumeBroadcastEnable = false
  table.forbiddenTable.NOT_THIS = { T1: 1 }
  const file = await rig.files.open(path)
  await file.truncate(0)
  await file.write(subscriptionGroupsFile.encode(table), 0)
  await file.close()
  await rig.broker()
  await client.join('NO_BROADCAST', ['T1'], { messageModel: 'BROADCASTING' })
  await client.join('NOT_THIS', ['T1'])
  const pulls = [
    ['OFF', '2', /^subscription group no permission, OFF/],
    ['NO_BROADCAST', '4', /^the consumer group\[NO_BROADCAST\] can not consume by broadcast way/],
    ['NOT_THIS', '5', /^the consumer group\[NOT_THIS\] is forbidden for topic\[T1\]/],
  ] as const
  for (const [consumerGroup, forbiddenType, expected] of pulls) {
    const ext = { consumerGroup, topic: 'T1', queueId: '0', queueOffset: '0', maxMsgNums: '1', sysFlag: '0' }
    const times = { commitOffset: '0', suspendTimeoutMillis: '0', subVersion: '0' }
    const refused = await askRaw(client, 11, { ...ext, ...times })
    assert.equal(refused.code, 16)
    assert.match(refused.remark ?? '', expected)
    assert.equal(refused.ext?.forbiddenType, forbiddenType)
  }
})

test('a broker without read permission refuses every pull', async () => {
  await using rig = new Rig()
  await rig.broker({ permission: 2 })
  const client = rig.client()
  await client.send('T1', 'x')
  const { code, remark } = await client.refusal(client.pulling('T1', 0))
  assert.equal(code, 16)
  assert.match(remark, /^the broker\[broker-a\] pulling message is forbidden/)
})

test('lite pulls are served like others, and can be switched off alone', async () => {
  await using rig = new Rig()
  const first = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  assert.equal((await client.pull('T1', 0, { lite: true })).messages.length, 1)
  await rig.stop(first)
  await rig.broker({ litePull: false })
  const { code, remark } = await client.refusal(client.pulling('T1', 0, { lite: true }))
  assert.equal(code, 16)
  assert.match(remark, /^the broker\[broker-a\] for lite pull consumer is forbidden/)
  assert.equal((await client.pull('T1', 0)).code, 0)
})

test('a pull commits the offset that it carries only when it says so', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.pull('T1', 1)
  assert.equal(await client.committed('CG', 'T1'), undefined)
  await client.pull('T1', 1, { commitOffset: 1 })
  assert.equal(await client.committed('CG', 'T1'), 1)
})

test('old messages are read from files, all of them, in order', async () => {
  await using rig = new Rig()
  const store = {
    tailBytes: 64 * 1024,
    chunkBytes: 16 * 1024,
    mappedFileSizeCommitLog: 64 * 1024,
    queueWindowBytes: 1024,
  }
  const first = await rig.broker({}, store)
  const client = rig.client()
  await client.createTopic('T1')
  const bodies = Array.from({ length: 300 }, (_, i) => `${i}:`.padEnd(1_000, 'x'))
  await client.clock.until(Promise.all(bodies.map((body) => client.sending('T1', body))))
  assert.deepEqual(await client.bodies('T1'), bodies)
  await rig.stop(first)
  await rig.broker({}, store)
  assert.deepEqual(await client.bodies('T1'), bodies)
})
