import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endTransaction } from '@cometmq/protocol/commands'
import { decodeProperties, type StoredMessage, sysFlag, systemTopics } from '@cometmq/protocol/message'
import { brokerAddress, Rig } from '../rig.ts'
import { type Half, success, TestProducer } from '../transactions/test-producer.ts'

async function rigWithProducer(options = {}) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker(options)
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  const producer = new TestProducer(rig)
  await producer.join()
  return { rig, broker, client, producer }
}

const propertiesOf = (message: StoredMessage) => Object.fromEntries(decodeProperties(message.properties))

test('a half message is kept where nobody consumes, as Apache keeps it, and does not hold up others', async () => {
  const { rig, broker, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'open', { TAGS: 'A', KEYS: 'k1' }, { queueId: 1 })
  await client.send('T1', 'plain', { queueId: 1 })
  assert.deepEqual(await client.bodies('T1', 1), ['plain'])
  const [stored] = (await client.pull(systemTopics.TRANS_HALF, 0)).messages
  assert.equal(stored!.queueOffset, half.halfOffset)
  assert.equal(stored!.physicalOffset, half.physicalOffset)
  const { topic, queueId, flag, preparedTransactionOffset, body } = stored!
  assert.deepEqual(
    [topic, queueId, flag, stored!.sysFlag & sysFlag.TRANSACTION_MASK, preparedTransactionOffset, body.toString()],
    [systemTopics.TRANS_HALF, 0, 7, 0, 0, 'open'],
  )
  const found = propertiesOf(stored!)
  assert.deepEqual(
    [found.REAL_TOPIC, found.REAL_QID, found.PGROUP, found.TRAN_MSG, found.__transactionId__, found.TAGS, found.KEYS],
    ['T1', '1', 'PG', 'true', half.uniqKey, 'A', 'k1'],
  )
  assert.equal(broker.store.maxOffset('T1', 1), 1)
})

test('a commit makes the message visible, with all that it had, and names its half message', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'done', { TAGS: 'A', own: 'x' }, { queueId: 1 })
  assert.equal(await producer.end(half, 'commit'), success)
  const [message] = (await client.pull('T1', 0, { queueId: 1, expression: 'A' })).messages
  assert.equal(message!.body.toString(), 'done')
  assert.equal(message!.flag, 7)
  assert.equal(message!.sysFlag & sysFlag.TRANSACTION_MASK, sysFlag.TRANSACTION_COMMIT)
  assert.equal(message!.preparedTransactionOffset, half.physicalOffset)
  assert.equal(message!.bornHost.host, '10.0.0.9')
  const found = propertiesOf(message!)
  assert.deepEqual(
    [
      found.REAL_TOPIC,
      found.REAL_QID,
      found.TRAN_MSG,
      found.PGROUP,
      found.__transactionId__,
      found.own,
      found.UNIQ_KEY,
    ],
    [undefined, undefined, 'true', 'PG', half.uniqKey, 'x', half.uniqKey],
  )
})

test('who waits for messages is woken by the commit', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'done')
  const pull = client.pulling('T1', 0, { holdMs: 15_000 })
  await producer.end(half, 'commit')
  const atMs = rig.clock.monotonicMs()
  assert.equal((await rig.clock.until(pull)).code, success)
  assert.ok(rig.clock.monotonicMs() - atMs <= 1)
})

test('a rollback and a decision that is none show nothing to consumers', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  assert.equal(await producer.end(await producer.prepare('T1', 'no'), 'rollback'), success)
  assert.equal(await producer.end(await producer.prepare('T1', 'later'), 'unknown'), success)
  await rig.clock.advance(120_000)
  assert.deepEqual(await client.bodies('T1'), [])
})

test('a committed message with a delay level waits for its delay, which begins with the commit', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'later', { DELAY: '2' })
  await rig.clock.advance(5_000)
  assert.equal(await producer.end(half, 'commit'), success)
  await rig.clock.advance(4_900)
  assert.deepEqual(await client.bodies('T1'), [])
  await rig.clock.advance(200)
  const [message] = (await client.pull('T1', 0)).messages
  assert.equal(message!.body.toString(), 'later')
  assert.equal(propertiesOf(message!).TRAN_MSG, undefined)
})

test('a decision that is told twice, or twice at once, takes effect once', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'done')
  await rig.clock.until(Promise.all([producer.ending(half, 'commit'), producer.ending(half, 'commit')]))
  assert.equal(await producer.end(half, 'commit'), success)
  await rig.clock.advance(10_000)
  assert.equal(await producer.end(half, 'rollback'), success)
  assert.deepEqual(await client.bodies('T1'), ['done'])
})

test('what is not there, or of somebody else, cannot be decided', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'open')
  const plain = await client.send('T1', 'plain')
  const refused: [Half, RegExp, string?][] = [
    [{ ...half, physicalOffset: 100_000 }, /^Find prepared transaction message failed/],
    [{ ...half, physicalOffset: -1 }, /^Find prepared transaction message failed/],
    [{ ...half, physicalOffset: Number.parseInt(plain.msgId.slice(-16), 16) }, /no half message/],
    [{ ...half, halfOffset: 5 }, /^The transaction state table offset wrong/],
    [half, /^The producer group wrong/, 'OTHER'],
  ]
  for (const [place, remark, producerGroup = 'PG'] of refused) {
    const request = { ...producer.endRequest(place, 'commit'), producerGroup }
    const refusal = await client.refusal(producer.remoting.invoke(brokerAddress, endTransaction, request))
    assert.equal(refusal.code, 1)
    assert.match(refusal.remark, remark)
  }
  assert.deepEqual(await client.bodies('T1'), ['plain'])
})

test('after the time in which it wanted not to be asked, a producer decides when it is asked and not before', async () => {
  const { rig, client, producer } = await rigWithProducer()
  await using _ = rig
  const half = await producer.prepare('T1', 'late', { CHECK_IMMUNITY_TIME_IN_SECONDS: '20' })
  await rig.clock.advance(20_001)
  const refusal = await client.refusal(producer.ending(half, 'commit'))
  assert.equal(refusal.code, 604)
  assert.match(refusal.remark, /CHECK_IMMUNITY_TIME_IN_SECONDS/)
  assert.equal(await producer.end(half, 'commit', true), success)
  assert.deepEqual(await client.bodies('T1'), ['late'])
})

test('a message that an old client sends to be retried is no half message', async () => {
  const { rig, client } = await rigWithProducer()
  await using _ = rig
  await client.send('T1', 'again', { reconsumeTimes: 1, properties: 'TRAN_MSG\u0001true\u0002DELAY\u00011\u0002' })
  await rig.clock.advance(1_100)
  assert.deepEqual(await client.bodies('T1'), ['again'])
})
