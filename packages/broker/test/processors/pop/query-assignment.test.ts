import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { getAllMessageRequestMode } from '@cometmq/protocol/commands/pop'
import { TestPopper } from '../../pop/test-popper.ts'
import { Rig } from '../../rig.ts'

async function rigWithConsumers() {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker()
  const clients = [rig.client('10.0.0.2'), rig.client('10.0.0.3')]
  await clients[0]!.createTopic('T', { queues: 3 })
  for (const client of clients) await client.join('PG', ['T'])
  return { rig, broker, client: clients[0]!, poppers: clients.map((client) => new TestPopper(client)) }
}

test('consumers who pull share the queues', async () => {
  const { rig, poppers } = await rigWithConsumers()
  await using _ = rig
  assert.deepEqual(await poppers[0]!.assigned('T'), ['broker-a:0 PULL', 'broker-a:1 PULL'])
  assert.deepEqual(await poppers[1]!.assigned('T'), ['broker-a:2 PULL'])
  assert.deepEqual(await poppers[1]!.assigned('T', { strategyName: 'AVG_BY_CIRCLE' }), ['broker-a:1 PULL'])
  assert.equal((await poppers[1]!.assigned('T', { messageModel: 'BROADCASTING' }))?.length, 3)
})

test('consumers who pop have all queues each, and that outlives the broker', async () => {
  const { rig, broker, client, poppers } = await rigWithConsumers()
  await using _ = rig
  await poppers[0]!.setMode({ topic: 'T', consumerGroup: 'PG', mode: 'POP', popShareQueueNum: 0 })
  await rig.stop(broker)
  await rig.broker()
  await client.join('PG', ['T'])
  assert.deepEqual(await poppers[0]!.assigned('T'), ['broker-a:-1 POP'])
  assert.deepEqual(await poppers[0]!.assigned('%RETRY%PG'), ['broker-a:0 PULL'])
  const { messageRequestModeMap } = (await client.ask(getAllMessageRequestMode, {})).body
  assert.equal(messageRequestModeMap.T!.PG!.mode, 'POP')
})

test('nothing is known of a group without consumers, of an unknown topic, and of another strategy', async () => {
  const { rig, poppers } = await rigWithConsumers()
  await using _ = rig
  assert.equal(await poppers[0]!.assigned('T', { consumerGroup: 'NONE' }), undefined)
  assert.equal(await poppers[0]!.assigned('NONE'), undefined)
  assert.equal(await poppers[0]!.assigned('T', { strategyName: 'MINE' }), undefined)
})

test('SET_MESSAGE_REQUEST_MODE refuses what cannot be', async () => {
  const { rig, client, poppers } = await rigWithConsumers()
  await using _ = rig
  const codeOf = async (topic: string, consumerGroup: string) =>
    (await client.refusal(poppers[0]!.setMode({ topic, consumerGroup, mode: 'POP', popShareQueueNum: 0 }))).code
  assert.equal(await codeOf('%RETRY%PG', 'PG'), responseCode.NO_PERMISSION)
  assert.equal(await codeOf('NONE', 'PG'), responseCode.TOPIC_NOT_EXIST)
  assert.equal(await codeOf('T', 'NONE'), responseCode.SUBSCRIPTION_GROUP_NOT_EXIST)
})
