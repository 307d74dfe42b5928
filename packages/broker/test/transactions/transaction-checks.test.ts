import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consumerOffsetsFile } from '@cometmq/protocol/bodies'
import { propertyNames, propertyOf, systemTopics } from '@cometmq/protocol/message'
import { configDirectory, Rig } from '../rig.ts'
import { checkTimesOf, success, TestProducer } from './test-producer.ts'

/** The defaults: checked when open for 6 s, every 30 s. */
const roundMs = 30_000

async function rigWithProducer(options = {}) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker(options)
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  const producer = new TestProducer(rig)
  await producer.join()
  return { rig, broker, client, producer }
}

/** Producers say that they are there every 30 s. */
async function rounds(rig: Rig, count: number, ...producers: TestProducer[]): Promise<void> {
  for (let i = 0; i < count; i++) {
    await rig.clock.advance(roundMs)
    for (const producer of producers) await producer.join()
  }
}

test('a producer that does not know yet is asked until it does', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  producer.answer = () => (producer.asked.length < 3 ? 'unknown' : 'commit')
  const half = await producer.prepare('T1', 'open', { TAGS: 'A' }, { queueId: 1 })
  await producer.end(half, 'unknown')
  await rig.clock.advance(roundMs - 1_000)
  assert.equal(producer.asked.length, 0)
  await rig.clock.advance(1_100)
  const [asked] = producer.asked
  assert.ok(asked!.halfOffset > half.halfOffset && asked!.physicalOffset > half.physicalOffset)
  const { topic, queueId, queueOffset, physicalOffset, properties } = asked!.message
  assert.deepEqual(
    [topic, queueId, queueOffset, physicalOffset, asked!.body],
    ['T1', 1, asked!.halfOffset, asked!.physicalOffset, 'open'],
  )
  assert.deepEqual([checkTimesOf(asked!.message), propertyOf(properties, 'TAGS')], ['1', 'A'])
  const { offsetMsgId, brokerName, transactionId, msgId } = asked!.request
  assert.deepEqual(
    [asked!.request.topic, transactionId, msgId, brokerName],
    ['T1', half.uniqKey, half.uniqKey, 'broker-a'],
  )
  assert.equal(Number.parseInt(offsetMsgId!.slice(-16), 16), asked!.physicalOffset)
  await rounds(rig, 4, producer)
  assert.deepEqual(
    producer.asked.map(({ message }) => checkTimesOf(message)),
    ['1', '2', '3'],
  )
  assert.deepEqual(await client.bodies('T1', 1), ['open'])
})

test('a producer that rolls back when it is asked is not asked again', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  producer.answer = () => 'rollback'
  await producer.prepare('T1', 'no')
  await rounds(rig, 5, producer)
  assert.equal(producer.asked.length, 1)
  assert.deepEqual(await client.bodies('T1'), [])
})

test('what is decided is not asked about, whether or not its decision is written yet', async () => {
  const { rig, producer } = await rigWithProducer()
  await using _ = rig
  const first = await producer.prepare('T1', 'a')
  const open = await producer.prepare('T1', 'open')
  const second = await producer.prepare('T1', 'b')
  await producer.end(first, 'commit')
  await rig.clock.advance(roundMs - 500)
  await producer.end(second, 'rollback')
  await rig.clock.advance(1_000)
  assert.deepEqual(
    producer.asked.map(({ body, uniqKey }) => [body, uniqKey]),
    [['open', open.uniqKey]],
  )
})

test('a transaction that is younger than transactionTimeOut waits for the next round', async () => {
  const { rig, producer } = await rigWithProducer()
  await using _ = rig
  await rig.clock.advance(roundMs - 5_500)
  await producer.prepare('T1', 'young')
  await rig.clock.advance(6_000)
  assert.equal(producer.asked.length, 0)
  await rig.clock.advance(roundMs)
  assert.equal(producer.asked.length, 1)
})

test('timeout, interval and number of checks can be set', async () => {
  const options = { transactionTimeoutMs: 500, transactionCheckMs: 1_000, transactionChecks: 2 }
  const { rig, producer } = await rigWithProducer(options)
  await using _ = rig
  await producer.prepare('T1', 'open')
  await rig.clock.advance(10_000)
  assert.equal(producer.asked.length, 2)
  assert.ok(producer.asked[0]!.atMs >= 1_000 && producer.asked[1]!.atMs - producer.asked[0]!.atMs === 1_000)
})

test('after 15 checks the message goes to TRANS_CHECK_MAX_TIME_TOPIC, and nobody is asked any more', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  producer.answer = () => 'unknown'
  await producer.prepare('T1', 'given up')
  await rounds(rig, 20, producer)
  assert.equal(producer.asked.length, 15)
  assert.equal(checkTimesOf(producer.asked.at(-1)!.message), '15')
  const { messages } = await client.pull(systemTopics.TRANS_CHECK_MAX_TIME, 0)
  assert.deepEqual(
    messages.map((message) => [message.body.toString(), checkTimesOf(message), message.queueId]),
    [['given up', '15', 0]],
  )
  assert.equal(propertyOf(messages[0]!.properties, propertyNames.REAL_TOPIC), 'T1')
  assert.deepEqual(await client.bodies('T1'), [])
})

test('the producers of a group are asked in turn, and nobody else', async () => {
  const { rig, producer } = await rigWithProducer()
  await using _ = rig
  const second = new TestProducer(rig, { host: '10.0.0.10' })
  const stranger = new TestProducer(rig, { host: '10.0.0.11', group: 'OTHER' })
  await second.join()
  await stranger.join()
  for (let i = 0; i < 6; i++) await producer.prepare('T1', `m${i}`)
  await rounds(rig, 1)
  assert.deepEqual([producer.asked.length, second.asked.length, stranger.asked.length], [3, 3, 0])
})

test('a producer that dies is answered for by another of its group, or by itself when it is back', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  await producer.prepare('T1', 'orphan')
  await producer.die()
  // Nobody is there: that counts as a check.
  await rounds(rig, 2)
  const back = new TestProducer(rig)
  back.answer = () => 'unknown'
  await back.join()
  await rounds(rig, 1, back)
  assert.deepEqual(
    back.asked.map(({ message, body }) => [body, checkTimesOf(message)]),
    [['orphan', '3']],
  )
  await back.leave()
  const other = new TestProducer(rig, { host: '10.0.0.12' })
  other.answer = () => 'commit'
  await other.join()
  await rounds(rig, 1, other)
  assert.equal(back.asked.length, 1)
  assert.equal(other.asked.length, 1)
  await rig.clock.advance(100)
  assert.deepEqual(await client.bodies('T1'), ['orphan'])
})

test('CHECK_IMMUNITY_TIME_IN_SECONDS: not asked before, decided in that time by its first place, asked after it', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  producer.answer = () => 'commit'
  const immunity = { CHECK_IMMUNITY_TIME_IN_SECONDS: '600' }
  const decided = await producer.prepare('T1', 'decided', immunity)
  await producer.prepare('T1', 'asked', immunity)
  await producer.prepare('T1', 'behind it')
  // More rounds than there are checks: they do not count.
  await rounds(rig, 19, producer)
  assert.deepEqual(
    producer.asked.map(({ body }) => body),
    ['behind it'],
  )
  assert.equal(await producer.end(decided, 'commit'), success)
  await rounds(rig, 4, producer)
  assert.deepEqual(
    producer.asked.map(({ body }) => body),
    ['behind it', 'asked'],
  )
  assert.deepEqual((await client.bodies('T1')).sort(), ['asked', 'behind it', 'decided'])
})

test('a late first decision counts for the copy that was asked about too', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'slow')
  producer.answer = () => undefined
  await rounds(rig, 2, producer)
  assert.equal(producer.asked.length, 2)
  assert.equal(await producer.end(half, 'commit'), success)
  // The answer to the check crosses it.
  assert.equal(await producer.end(producer.asked[1]!, 'commit', true), success)
  await rounds(rig, 3, producer)
  assert.equal(producer.asked.length, 2)
  assert.deepEqual(await client.bodies('T1'), ['slow'])
})

test('the positions in both topics follow, and are kept as offsets of CID_RMQ_SYS_TRANS', async () => {
  const { rig, broker, producer } = await rigWithProducer()
  await using _ = rig
  for (let i = 0; i < 10; i++)
    await producer.end(await producer.prepare('T1', `m${i}`), i % 2 === 0 ? 'commit' : 'rollback')
  await rounds(rig, 3, producer)
  await rig.stop(broker)
  const { offsetTable } = consumerOffsetsFile.decode(await rig.files.readFile(`${configDirectory}/consumerOffset.json`))
  assert.deepEqual(offsetTable.get(`${systemTopics.TRANS_HALF}@CID_RMQ_SYS_TRANS`), new Map([[0, 10]]))
  assert.deepEqual(offsetTable.get(`${systemTopics.TRANS_OP_HALF}@CID_RMQ_SYS_TRANS`), new Map([[0, 1]]))
})

test('without transactions nothing is written', async () => {
  const { rig, broker } = await rigWithProducer()
  await using _ = rig
  const before = broker.store.state.appendedOffset
  await rounds(rig, 3)
  await rig.stop(broker)
  assert.equal(broker.store.state.appendedOffset, before)
  assert.equal(await rig.files.stat(`${configDirectory}/consumerOffset.json`), undefined)
})

test('hundreds of open transactions are all asked about, each once in a round', async () => {
  const { rig, producer } = await rigWithProducer()
  await using _ = rig
  const halves = []
  for (let i = 0; i < 600; i++) halves.push(producer.sending('T1', `m${i}`))
  await rig.clock.until(Promise.all(halves))
  await rig.clock.advance(7_000)
  await rounds(rig, 1, producer)
  assert.equal(producer.asked.length, 600)
  assert.equal(new Set(producer.asked.map(({ body }) => body)).size, 600)
})

test('a message without room for the mark of a check is given up, and holds up nobody', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const fits = (length: number) =>
    producer.prepare('T1', 'full', { long: 'x'.repeat(length) }).then(
      () => true,
      () => false,
    )
  let length = 32_600
  while (!(await fits(length))) length--
  await producer.prepare('T1', 'behind it')
  await rounds(rig, 1, producer)
  const asked = producer.asked.map(({ body }) => body)
  const { messages } = await client.pull(systemTopics.TRANS_CHECK_MAX_TIME, 0)
  assert.deepEqual([asked, messages.map(({ body }) => body.toString())], [['behind it'], ['full']])
})

test('when the disk fails in the middle of a round, what was moved already is not moved again', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  const producer = new TestProducer(rig)
  await producer.join()
  for (let i = 0; i < 40; i++) await producer.prepare('T1', `m${i}`)
  const before = broker.store.maxOffset(systemTopics.TRANS_HALF, 0)
  await rig.clock.advance(roundMs - 1_000)
  let puts = 0
  const { put } = broker.store
  broker.store.put = (message) =>
    ++puts > 10 && puts <= 12 ? Promise.reject(new Error('no room for now')) : put.call(broker.store, message)
  await rig.clock.advance(2_000)
  assert.equal(broker.store.maxOffset(systemTopics.TRANS_HALF, 0), before + 10)
  assert.equal(producer.asked.length, 0)
  await rounds(rig, 2, producer)
  const times = new Map<string, number>()
  for (const { body, message } of producer.asked)
    if (checkTimesOf(message) === '1') times.set(body, (times.get(body) ?? 0) + 1)
  // Those that were moved before the failure are asked about as copies, for the second time by their count.
  assert.equal(times.size, 30)
  assert.deepEqual(new Set(times.values()), new Set([1]))
  assert.equal(new Set(producer.asked.map(({ body }) => body)).size, 40)
})

test('retention removes what was rolled back and what was given up, and transactions go on behind it', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const allDay = Array.from({ length: 24 }, (_, hour) => hour).join(';')
  const broker = await rig.broker({}, { fileReservedTime: 1, deleteWhen: allDay })
  const client = rig.client()
  await client.createTopic('T1')
  const producer = new TestProducer(rig)
  await producer.join()
  const large = 'x'.repeat(100_000)
  for (let i = 0; i < 12; i++) await producer.end(await producer.prepare('T1', large), 'rollback')
  for (let i = 0; i < 3; i++) await producer.prepare('T1', large)
  await rig.clock.advance(20 * 60_000)
  assert.equal(broker.store.maxOffset(systemTopics.TRANS_CHECK_MAX_TIME, 0), 3)
  for (let i = 0; i < 15; i++) await client.send('T1', large)
  await rig.clock.advance(3 * 3_600_000)
  const { store } = broker
  const before = store.maxOffset(systemTopics.TRANS_HALF, 0)
  assert.deepEqual(
    [store.minOffset(systemTopics.TRANS_HALF, 0), store.minOffset(systemTopics.TRANS_CHECK_MAX_TIME, 0)],
    [before, 3],
  )
  producer.asked.length = 0
  producer.answer = () => 'commit'
  await producer.end(await producer.prepare('T1', 'told'), 'commit')
  await producer.prepare('T1', 'asked')
  await producer.join()
  await rig.clock.advance(2 * roundMs)
  assert.deepEqual(
    producer.asked.map(({ body }) => body),
    ['asked'],
  )
  const { messages } = await client.pull('T1', store.maxOffset('T1', 0) - 2)
  assert.deepEqual(
    messages.map(({ body }) => body.toString()),
    ['told', 'asked'],
  )
})
