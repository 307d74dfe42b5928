import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { heartBeat } from '@cometmq/protocol/commands'
import {
  getAllProducerInfo,
  getBrokerConsumeStats,
  getConsumerConnectionList,
  getConsumeStats,
  getProducerConnectionList,
  queryConsumeTimeSpan,
  querySubscriptionByConsumer,
} from '@cometmq/protocol/commands/admin'
import { Rig } from '../../rig.ts'
import type { TestClient } from '../../test-client.ts'

/** Three messages in the first of two queues, of which the group has consumed two. */
async function consumed(rig: Rig): Promise<TestClient> {
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T', { queues: 2 })
  for (const body of ['a', 'b', 'c']) {
    await client.send('T', body)
    await rig.clock.advance(1_000)
  }
  await client.pull('T', 0)
  await client.commit('CG', 'T', 2)
  return client
}

describe('GET_CONSUME_STATS', () => {
  it('tells where a group is in each queue, and when what it consumed last was stored', async () => {
    await using rig = new Rig()
    const client = await consumed(rig)
    const stored = (await client.pull('T', 1)).messages[0]!.storeTimestamp
    const { body } = await client.ask(getConsumeStats, { consumerGroup: 'CG', topic: 'T' })
    assert.deepEqual(
      [...body.offsetTable].map(([queue, offset]) => [queue.brokerName, queue.queueId, { ...offset }]),
      [
        ['broker-a', 0, { brokerOffset: 3, consumerOffset: 2, lastTimestamp: stored, pullOffset: 3 }],
        ['broker-a', 1, { brokerOffset: 0, consumerOffset: 0, lastTimestamp: 0, pullOffset: 0 }],
      ],
    )
  })

  it('takes all topics of the group unless it is asked for one or some; those that its consumers have left only from a list', async () => {
    await using rig = new Rig()
    const client = await consumed(rig)
    await client.createTopic('T2')
    const topics = async (request: { topic?: string; topicList?: string }) => {
      const { body } = await client.ask(getConsumeStats, { consumerGroup: 'CG', ...request })
      return [...new Set(Array.from(body.offsetTable.keys(), ({ topic }) => topic))]
    }
    assert.deepEqual(await topics({}), ['T'])
    await client.join('CG', ['T2'])
    assert.deepEqual(await topics({}), [])
    assert.deepEqual(await topics({ topic: 'T' }), [])
    assert.deepEqual(await topics({ topicList: 'T;T2' }), ['T', 'T2'])
    assert.deepEqual(await topics({ topic: 'NONE' }), [])
  })

  it('is told of all groups at once, and in time', async () => {
    await using rig = new Rig()
    const client = await consumed(rig)
    const { body } = await client.ask(getBrokerConsumeStats, {})
    assert.deepEqual([body.brokerAddr, body.totalDiff, body.totalInflightDiff], ['10.0.0.1:10911', 1, 1])
    assert.deepEqual(Object.keys(body.consumeStatsList[0]!), ['CG'])
    assert.deepEqual((await client.ask(getBrokerConsumeStats, { isOrder: true })).body.totalDiff, 0)
    const spans = (await client.ask(queryConsumeTimeSpan, { topic: 'T', group: 'CG' })).body.consumeTimeSpanSet
    const [first, second] = spans
    assert.ok(first!.minTimeStamp < first!.consumeTimeStamp && first!.consumeTimeStamp < first!.maxTimeStamp)
    assert.ok(first!.delayTime >= 1_000 && first!.delayTime < 1_200, String(first!.delayTime))
    assert.deepEqual([second!.delayTime, second!.minTimeStamp], [0, -1])
  })
})

describe('who is connected', () => {
  it('of a consumer group, with what it is subscribed to', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    const nobody = client.ask(getConsumerConnectionList, { consumerGroup: 'CG' })
    assert.deepEqual(await client.refusal(nobody), { code: 206, remark: 'the consumer group[CG] not online' })
    await client.join('CG', ['T'], { subscriptions: { T: { expression: 'A || B' } } })
    const { body } = await client.ask(getConsumerConnectionList, { consumerGroup: 'CG' })
    assert.deepEqual(
      body.connectionSet.map(({ clientId, clientAddr }) => [clientId, clientAddr?.split(':')[0]]),
      [['10.0.0.2@1', '10.0.0.2']],
    )
    assert.deepEqual([body.consumeType, body.messageModel], ['CONSUME_PASSIVELY', 'CLUSTERING'])
    assert.equal(body.subscriptionTable.T!.subString, 'A || B')
    const subscription = await client.ask(querySubscriptionByConsumer, { group: 'CG', topic: 'T' })
    assert.equal(subscription.body.subscriptionData?.subString, 'A || B')
    const absent = await client.ask(querySubscriptionByConsumer, { group: 'NONE', topic: 'T' })
    assert.equal(absent.body.subscriptionData, undefined)
  })

  it('of a producer group, and of all', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    const nobody = client.ask(getProducerConnectionList, { producerGroup: 'PG' })
    assert.deepEqual(await client.refusal(nobody), { code: 1, remark: 'the producer group[PG] not exist' })
    const body = { ...client.heartbeat('CG', []), consumerDataSet: [], producerDataSet: [{ groupName: 'PG' }] }
    await client.ask(heartBeat, {}, { body })
    const heardAt = rig.clock.now()
    const { connectionSet } = (await client.ask(getProducerConnectionList, { producerGroup: 'PG' })).body
    assert.deepEqual(
      connectionSet.map(({ clientId }) => clientId),
      ['10.0.0.2@1'],
    )
    await rig.clock.advance(5_000)
    const { data } = (await client.ask(getAllProducerInfo, {})).body
    const age = heardAt - data.PG![0]!.lastUpdateTimestamp
    assert.ok(age >= 0 && age < 100, String(age))
  })
})
