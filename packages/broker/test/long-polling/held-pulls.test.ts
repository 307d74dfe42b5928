import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendBatchMessage } from '@cometmq/protocol/commands'
import { encodeBatch } from '@cometmq/protocol/message'
import { Rig } from '../rig.ts'
import { recordsOf } from '../test-client.ts'

const latencyMs = { min: 2, max: 2 }
const tag = (name: string) => `TAGS\u0001${name}\u0002`

async function rigWithTopic(options: { latencyMs?: { min: number; max: number } } = {}) {
  const rig = new Rig(options)
  const broker = await rig.broker()
  const producer = rig.client('10.0.0.3')
  await producer.createTopic('T1', { queues: 2 })
  const consumer = rig.client('10.0.0.4')
  await consumer.pull('T1', 0)
  return { rig, broker, producer, consumer }
}

/** Notes when a promise settles. */
function watched<T>(rig: Rig, promise: Promise<T>): { settledAtMs: number | undefined; promise: Promise<T> } {
  const state: { settledAtMs: number | undefined; promise: Promise<T> } = { settledAtMs: undefined, promise }
  const settled = () => {
    state.settledAtMs = rig.clock.monotonicMs()
  }
  promise.then(settled, settled)
  return state
}

test('a held pull is answered in the tick in which the message arrives: the network is all that takes time', async () => {
  const { rig, producer, consumer } = await rigWithTopic({ latencyMs })
  await using _ = rig
  const pull = watched(rig, consumer.pulling('T1', 0, { holdMs: 15_000 }))
  await rig.clock.advance(5_000)
  assert.equal(pull.settledAtMs, undefined)
  const sentAtMs = rig.clock.monotonicMs()
  const send = watched(rig, producer.sending('T1', 'now'))
  await rig.clock.until(Promise.all([pull.promise, send.promise]))
  // There and back for the sender; there, and on to the consumer.
  assert.equal(send.settledAtMs! - sentAtMs, 2 * latencyMs.max)
  assert.equal(pull.settledAtMs! - sentAtMs, 2 * latencyMs.max)
  const { code, fields, body } = await pull.promise
  assert.equal(code, 0)
  assert.equal(fields.nextBeginOffset, 1)
  assert.equal(recordsOf(body)[0]!.body.toString(), 'now')
})

test('messages of other queues and topics, and with other tags, wake nobody', async () => {
  const { rig, producer, consumer } = await rigWithTopic()
  await using _ = rig
  const pull = watched(rig, consumer.pulling('T1', 0, { holdMs: 15_000, expression: 'A || B' }))
  await rig.clock.advance(10)
  await producer.send('T1', 'other queue', { queueId: 1, properties: tag('A') })
  await producer.send('T2', 'other topic', { properties: tag('A') })
  await producer.send('T1', 'other tag', { properties: tag('C') })
  await producer.send('T1', 'no tag')
  await rig.clock.advance(5_000)
  assert.equal(pull.settledAtMs, undefined)
  await producer.send('T1', 'wanted', { properties: tag('B') })
  const { fields, body } = await rig.clock.until(pull.promise)
  assert.deepEqual(
    recordsOf(body).map((message) => message.body.toString()),
    ['wanted'],
  )
  assert.equal(fields.nextBeginOffset, 3)
})

test('when the time is up the pull is answered with what there is then', async () => {
  const { rig, producer, consumer } = await rigWithTopic()
  await using _ = rig
  const startMs = rig.clock.monotonicMs()
  const nothing = watched(rig, consumer.pulling('T1', 0, { holdMs: 3_000 }))
  const filtered = watched(rig, consumer.pulling('T1', 0, { holdMs: 3_000, expression: 'A', queueId: 1 }))
  await rig.clock.advance(100)
  await producer.send('T1', 'other tag', { queueId: 1, properties: tag('B') })
  await rig.clock.until(Promise.all([nothing.promise, filtered.promise]))
  const tookMs = nothing.settledAtMs! - startMs
  assert.ok(tookMs >= 3_000 && tookMs <= 3_600, `${tookMs} ms`)
  assert.deepEqual([(await nothing.promise).code, (await nothing.promise).remark], [19, 'NO_MESSAGE_IN_QUEUE'])
  const { code, fields } = await filtered.promise
  assert.deepEqual([code, fields.nextBeginOffset], [20, 1])
})

test('all who wait on a queue get the message', async () => {
  const { rig, producer } = await rigWithTopic()
  await using _ = rig
  const consumers = Array.from({ length: 20 }, (_, i) => rig.client(`10.0.1.${i}`))
  const pulls = consumers.map((each, i) => each.pulling('T1', 0, { holdMs: 15_000, group: `G${i}` }))
  await rig.clock.advance(50)
  await producer.send('T1', 'for all')
  for (const { body } of await rig.clock.until(Promise.all(pulls)))
    assert.equal(recordsOf(body)[0]!.body.toString(), 'for all')
})

test('a batch is seen whole by who waits for it', async () => {
  const { rig, producer, consumer } = await rigWithTopic()
  await using _ = rig
  const pull = consumer.pulling('T1', 0, { holdMs: 15_000 })
  await rig.clock.advance(50)
  const items = ['a', 'b', 'c'].map((text) => ({ flag: 0, properties: '', body: Buffer.from(text) }))
  await producer.ask(sendBatchMessage, { ...producer.sendRequest('T1'), batch: true }, { body: encodeBatch(items) })
  assert.equal(recordsOf((await rig.clock.until(pull)).body).length, 3)
})

test('a closed connection lets its pulls go', async () => {
  const { rig, producer, consumer } = await rigWithTopic()
  await using _ = rig
  const pull = consumer.pulling('T1', 0, { holdMs: 15_000 })
  pull.catch(() => {})
  await rig.clock.advance(50)
  await consumer.disconnect()
  await assert.rejects(pull, /closed/)
  await producer.send('T1', 'nobody waits')
  assert.deepEqual(await producer.bodies('T1'), ['nobody waits'])
  assert.deepEqual(rig.messages('error'), [])
})

test('pulls that may not be held are answered at once', async () => {
  const { rig, consumer } = await rigWithTopic({ latencyMs })
  await using _ = rig
  const startMs = rig.clock.monotonicMs()
  await consumer.pull('T1', 0)
  assert.equal(rig.clock.monotonicMs() - startMs, 2 * latencyMs.max)
})

test('a pull at an offset that is gone or not there is not held', async () => {
  const { rig, consumer } = await rigWithTopic()
  await using _ = rig
  assert.equal((await consumer.pull('T1', 7, { holdMs: 15_000 })).code, 21)
  assert.ok(rig.clock.monotonicMs() < 1_000)
})

test('without long polling a pull is held for shortPollingTimeMills', async () => {
  await using rig = new Rig()
  await rig.broker({ longPolling: false, shortPollingMs: 1_000 })
  const client = rig.client()
  await client.createTopic('T1')
  const startMs = rig.clock.monotonicMs()
  await client.pull('T1', 0, { holdMs: 15_000 })
  const tookMs = rig.clock.monotonicMs() - startMs
  assert.ok(tookMs >= 1_000 && tookMs < 1_600, `${tookMs} ms`)
})

test('a held pull commits its offset when it comes, and not again when it is let go', async () => {
  const { rig, producer, consumer } = await rigWithTopic()
  await using _ = rig
  await producer.send('T1', 'first')
  const pull = consumer.pulling('T1', 1, { holdMs: 15_000, commitOffset: 1 })
  await rig.clock.advance(50)
  assert.equal(await consumer.committed('CG', 'T1'), 1)
  await consumer.commit('CG', 'T1', 0)
  await producer.send('T1', 'second')
  await rig.clock.until(pull)
  assert.equal(await consumer.committed('CG', 'T1'), 0)
})

test('held pulls do not count as requests in progress, and a broker that closes lets them go', async () => {
  const { rig, broker, consumer } = await rigWithTopic()
  await using _ = rig
  const pulls = Array.from({ length: 300 }, () => consumer.pulling('T1', 0, { holdMs: 15_000 }))
  for (const pull of pulls) pull.catch(() => {})
  await rig.clock.advance(100)
  assert.equal((await consumer.pull('T1', 0)).code, 19)
  const startMs = rig.clock.monotonicMs()
  await rig.stop(broker)
  assert.ok(rig.clock.monotonicMs() - startMs < 1_000)
  const outcomes = await rig.clock.until(Promise.allSettled(pulls))
  assert.ok(outcomes.every(({ status, ...rest }) => status === 'rejected' || 'value' in rest))
})

test('one pull too many is refused as busy, with the limit and what to do', async () => {
  await using rig = new Rig()
  await rig.broker({ maxHeldPulls: 2 })
  const producer = rig.client('10.0.0.3')
  await producer.createTopic('T1', { queues: 3 })
  const consumer = rig.client('10.0.0.4')
  const pulls = [0, 1].map((queueId) => consumer.pulling('T1', 0, { queueId, holdMs: 15_000 }))
  await rig.clock.advance(100)
  const { code, remark } = await consumer.refusal(consumer.pulling('T1', 0, { queueId: 2, holdMs: 15_000 }))
  assert.equal(code, 2)
  assert.match(remark, /^\[OVERLOAD\]system busy, .*: 2 pulls are held \(maxHeldPulls\); .*raise maxHeldPulls/)
  for (const queueId of [0, 1]) await producer.send('T1', 'x', { queueId })
  assert.deepEqual(
    (await rig.clock.until(Promise.all(pulls))).map(({ code }) => code),
    [0, 0],
  )
  assert.equal((await consumer.pull('T1', 0, { queueId: 0 })).messages.length, 1)
})
