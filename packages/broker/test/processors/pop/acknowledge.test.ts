import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { batchAckMessage } from '@cometmq/protocol/commands/pop'
import type { BrokerOptionsInput } from '../../../src/index.ts'
import { TestPopper } from '../../pop/test-popper.ts'
import { Rig } from '../../rig.ts'

async function rigWithMessages(count: number, options: Partial<BrokerOptionsInput> = {}) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await rig.broker(options)
  const client = rig.client()
  await client.createTopic('T')
  for (let i = 0; i < count; i++) await client.send('T', `m${i}`)
  return { rig, client, popper: new TestPopper(client) }
}

test('BATCH_ACK_MESSAGE acknowledges messages of a batch; the others come again', async () => {
  const { rig, popper } = await rigWithMessages(6)
  await using _ = rig
  const { messages } = await popper.pop('T')
  assert.equal(await popper.ackBatch(messages.slice(1, 5), 'T'), 0)
  await rig.clock.advance(10_010)
  assert.deepEqual((await popper.bodies('T')).sort(), ['m0', 'm5'])
})

test('BATCH_ACK_MESSAGE with nothing in it is refused', async () => {
  const { rig, client } = await rigWithMessages(0)
  await using _ = rig
  const refused = client.remoting.invoke(client.address, batchAckMessage, {})
  assert.equal((await client.refusal(refused)).code, responseCode.NO_MESSAGE)
})

test('a changed invisible time counts from the change, and the new handle acknowledges', async () => {
  const { rig, popper } = await rigWithMessages(2)
  await using _ = rig
  const { messages } = await popper.pop('T', { invisibleMs: 3_000 })
  const later = await popper.changeInvisible(messages[0]!, 20_000)
  await popper.changeInvisible(messages[1]!, 1_000)
  await rig.clock.advance(1_010)
  assert.deepEqual(await popper.bodies('T'), ['m1'])
  await rig.clock.advance(10_000)
  await popper.ack(later)
  await rig.clock.advance(60_000)
  assert.ok(!(await popper.bodies('T')).includes('m0'))
})

test('a message that is suspended comes again without counting as another attempt', async () => {
  const { rig, popper } = await rigWithMessages(1)
  await using _ = rig
  const { messages } = await popper.pop('T')
  await popper.changeInvisible(messages[0]!, 500, { suspend: true })
  const again = await popper.pop('T', { pollMs: 5_000 })
  assert.deepEqual(
    again.messages.map(({ body, reconsumeTimes }) => [body, reconsumeTimes]),
    [['m0', 0]],
  )
})

test('acknowledgements of what is not there are refused with the codes of the Apache broker', async () => {
  const { rig, client, popper } = await rigWithMessages(2)
  await using _ = rig
  const [message] = (await popper.pop('T')).messages
  const codeOf = async (change: object) => (await client.refusal(popper.acknowledging({ ...message!, ...change }))).code
  assert.equal(await codeOf({ topic: 'NONE' }), responseCode.TOPIC_NOT_EXIST)
  assert.equal(await codeOf({ queueId: 1 }), responseCode.MESSAGE_ILLEGAL)
  assert.equal(await codeOf({ offset: 3 }), responseCode.NO_MESSAGE)
  assert.equal(await codeOf({ extraInfo: 'nothing' }), responseCode.SYSTEM_ERROR)
  assert.equal(
    await codeOf({ extraInfo: message!.extraInfo.replace(/ \d 0 broker/, ' 8 0 broker') }),
    responseCode.MESSAGE_ILLEGAL,
  )
})

test('who waits to be told is told when a message comes, and of nothing when the time is up', async () => {
  const { rig, client, popper } = await rigWithMessages(0)
  await using _ = rig
  assert.equal(await popper.hasMessage('T'), false)
  assert.equal(await popper.hasMessage('T', { pollMs: 2_000 }), false)
  const waiting = popper.notifying('T', { pollMs: 15_000 })
  await rig.clock.advance(1_000)
  await client.send('T', 'm')
  assert.equal((await rig.clock.until(waiting)).fields.hasMsg, true)
  assert.equal(await popper.hasMessage('T', { exp: 'A' }), false)
  assert.equal(await popper.hasMessage('T'), true)
  assert.deepEqual(await popper.bodies('T'), ['m'])
  assert.equal(await popper.hasMessage('T'), false)
})

test('a deleted group is not brought its messages again', async () => {
  const { rig, client, popper } = await rigWithMessages(1, { autoCreateGroup: false })
  await using _ = rig
  const admin = await import('@cometmq/protocol/commands/admin')
  const { subscriptionGroupDefaults } = await import('@cometmq/protocol/bodies')
  await client.ask(admin.updateAndCreateSubscriptiongroup, {}, { body: subscriptionGroupDefaults('PG') })
  assert.deepEqual(await popper.bodies('T'), ['m0'])
  await client.ask(admin.deleteSubscriptiongroup, { groupName: 'PG', cleanOffset: true })
  await rig.clock.advance(20_000)
  assert.deepEqual(rig.messages('error'), [])
  assert.deepEqual(rig.messages('info').filter((line) => line.includes('do not come again')).length, 1)
})
