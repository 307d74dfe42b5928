import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { TestPopper } from '../../pop/test-popper.ts'
import { Rig } from '../../rig.ts'

async function rigWithMessages(count: number) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T')
  for (let i = 0; i < count; i++) await client.send('T', `m${i}`)
  return { rig, broker, client, popper: new TestPopper(client) }
}

const order = { order: true, max: 3, invisibleMs: 10_000 }

test('a queue gives the next batch when the last one is acknowledged', async () => {
  const { rig, client, popper } = await rigWithMessages(5)
  await using _ = rig
  const { messages, fields } = await popper.pop('T', order)
  assert.deepEqual([messages.map(({ body }) => body), fields.reviveQid], [['m0', 'm1', 'm2'], 999])
  assert.equal((await popper.pop('T', order)).code, responseCode.POLLING_TIMEOUT)
  const waiting = popper.popping('T', { ...order, pollMs: 15_000 })
  await popper.ack(messages[0]!)
  await popper.ack(messages[2]!)
  assert.equal(await client.committed('PG', 'T'), 1)
  await popper.ack(messages[1]!)
  assert.equal(await client.committed('PG', 'T'), 3)
  assert.deepEqual(
    (await rig.clock.until(waiting)).messages.map(({ body }) => body),
    ['m3', 'm4'],
  )
})

test('what is not acknowledged is given again in its place, in the moment in which its time ends, and counted', async () => {
  const { rig, popper } = await rigWithMessages(4)
  await using _ = rig
  const { messages } = await popper.pop('T', order)
  await popper.ack(messages[0]!)
  const began = rig.clock.now()
  const again = await popper.pop('T', { ...order, pollMs: 15_000 })
  assert.deepEqual(
    again.messages.map(({ body, reconsumeTimes }) => [body, reconsumeTimes]),
    [
      ['m1', 1],
      ['m2', 1],
      ['m3', 0],
    ],
  )
  assert.ok(rig.clock.now() - began <= 10_010)
  assert.equal(again.fields.orderCountInfo, '0 qo0%1 1;0 qo0%2 1;0 0 0')
})

test('the same attempt is given the same messages again', async () => {
  const { rig, popper } = await rigWithMessages(4)
  await using _ = rig
  assert.deepEqual(await popper.bodies('T', { ...order, attemptId: 'a' }), ['m0', 'm1', 'm2'])
  assert.deepEqual(await popper.bodies('T', { ...order, attemptId: 'b' }), [])
  assert.deepEqual(await popper.bodies('T', { ...order, attemptId: 'a' }), ['m0', 'm1', 'm2'])
})

test('a message whose invisible time is changed holds the queue until then', async () => {
  const { rig, popper } = await rigWithMessages(2)
  await using _ = rig
  const { messages } = await popper.pop('T', { ...order, max: 1 })
  await popper.changeInvisible(messages[0]!, 30_000)
  await rig.clock.advance(10_010)
  assert.deepEqual(await popper.bodies('T', order), [])
  await rig.clock.advance(20_000)
  assert.deepEqual(await popper.bodies('T', order), ['m0', 'm1'])
})

test('acknowledgements of an older pop, and of messages that are done, change nothing', async () => {
  const { rig, client, popper } = await rigWithMessages(4)
  await using _ = rig
  const { messages: first } = await popper.pop('T', order)
  await rig.clock.advance(10_010)
  const { messages: second } = await popper.pop('T', order)
  assert.equal(await popper.ack(first[0]!), 0)
  assert.equal(await client.committed('PG', 'T'), 0)
  assert.equal(await popper.ack(second[0]!), 0)
  assert.equal(await popper.ack(second[0]!), 0)
  assert.equal(await client.committed('PG', 'T'), 1)
  const beyond = { ...second[0]!, offset: 3 }
  assert.equal((await client.refusal(popper.acknowledging(beyond))).code, responseCode.MESSAGE_ILLEGAL)
})

test('after a clean stop the batch still holds its queue, and its handles are good', async () => {
  const { rig, broker, client, popper } = await rigWithMessages(3)
  await using _ = rig
  const { messages } = await popper.pop('T', { ...order, max: 2, invisibleMs: 60_000 })
  await popper.ack(messages[0]!)
  await rig.stop(broker)
  await rig.broker()
  assert.deepEqual(await popper.bodies('T', order), [])
  await popper.ack(messages[1]!)
  assert.equal(await client.committed('PG', 'T'), 2)
  assert.deepEqual(await popper.bodies('T', order), ['m2'])
})
