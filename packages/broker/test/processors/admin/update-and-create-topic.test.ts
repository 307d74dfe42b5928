import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { topicConfig } from '@cometmq/protocol/bodies'
import {
  getAllTopicConfig,
  getTopicConfig,
  getTopicStatsInfo,
  updateAndCreateStaticTopic,
  updateAndCreateTopic,
  updateAndCreateTopicList,
} from '@cometmq/protocol/commands/admin'
import { Rig } from '../../rig.ts'
import type { TestClient } from '../../test-client.ts'

const invalidParameter = 29
const noPermission = 16

function update(client: TestClient, topic: string, change: Record<string, unknown> = {}) {
  return client.ask(updateAndCreateTopic, {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    ...change,
  })
}

const config = async (client: TestClient, topic: string) => (await client.ask(getTopicConfig, { topic })).body

describe('UPDATE_AND_CREATE_TOPIC', () => {
  it('makes a topic, changes it, and keeps attributes that a change does not name', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    await update(client, 'T', { attributes: '+message.type=FIFO,+reserve.time=5' })
    await update(client, 'T', { readQueueNums: 8, writeQueueNums: 2, attributes: '-message.type' })
    const { readQueueNums, writeQueueNums, attributes } = await config(client, 'T')
    assert.deepEqual([readQueueNums, writeQueueNums, { ...attributes }], [8, 2, { 'reserve.time': '5' }])
    await rig.stop(broker)
    const next = await rig.broker()
    assert.deepEqual({ ...next.topics.get('T')!.attributes }, { 'reserve.time': '5' })
  })

  it('changes nothing when the topic is so already', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    await update(client, 'T')
    const { counter } = broker.topics.dataVersion
    await update(client, 'T')
    assert.equal(broker.topics.dataVersion.counter, counter)
  })

  it('refuses names of the system, of cluster and broker, bad names and bad attributes', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    for (const topic of ['TBW102', 'BenchmarkTest', 'rmq_sys_x', 'DefaultCluster', 'broker-a', 'a:b', ' '])
      assert.equal((await client.refusal(update(client, topic))).code, invalidParameter, topic)
    for (const attributes of ['+no.such=1', '-message.type', '+message.type=ODD'])
      assert.equal((await client.refusal(update(client, 'T', { attributes }))).code, 1, attributes)
    const mixed = await client.refusal(update(client, 'T', { attributes: '+message.type=MIXED' }))
    assert.deepEqual(mixed, { code: invalidParameter, remark: 'MIXED message type is not supported.' })
  })

  it('lets permissions to read take effect with the next request; those to write are for the route', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await update(client, 'T')
    await client.send('T', 'x')
    await update(client, 'T', { perm: 4 })
    assert.equal((await client.pull('T', 0)).code, 0)
    assert.equal((await config(client, 'T')).perm, 4)
    await update(client, 'T', { perm: 2 })
    assert.equal((await client.refusal(client.pulling('T', 0))).code, noPermission)
    await client.send('T', 'z')
  })

  it('loses nothing when first the queues to write and then those to read are fewer', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await update(client, 'T', { readQueueNums: 16, writeQueueNums: 16 })
    await client.send('T', 'in a queue that goes', { queueId: 15 })
    await update(client, 'T', { readQueueNums: 16, writeQueueNums: 8 })
    const { messages } = await client.pull('T', 0, { queueId: 15 })
    assert.deepEqual(
      messages.map(({ body }) => body.toString()),
      ['in a queue that goes'],
    )
    const { body } = await client.ask(getTopicStatsInfo, { topic: 'T' })
    assert.equal(body.offsetTable.size, 16)
    const last = [...body.offsetTable].find(([{ queueId }]) => queueId === 15)!
    assert.deepEqual([last[1].minOffset, last[1].maxOffset], [0, 1])
    assert.ok(last[1].lastUpdateTimestamp > 0)
    await update(client, 'T', { readQueueNums: 8, writeQueueNums: 8 })
    assert.equal((await client.refusal(client.pulling('T', 0, { queueId: 15 }))).code, invalidParameter)
    assert.equal((await client.refusal(client.sending('T', 'y', { queueId: 15 }))).code, invalidParameter)
  })
})

describe('UPDATE_AND_CREATE_TOPIC_LIST', () => {
  const topic = (topicName: string, attributes: Record<string, string> = {}) => ({
    ...topicConfig.decode(Buffer.from(JSON.stringify({ topicName }))),
    attributes,
  })

  it('stores all of them, also when one is so already', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    for (const names of [['A'], ['A', 'B']]) {
      await client.ask(updateAndCreateTopicList, {}, { body: { topicConfigList: names.map((name) => topic(name)) } })
    }
    assert.ok(broker.topics.get('A') && broker.topics.get('B'))
  })

  it('stores none when one is refused', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    const body = { topicConfigList: [topic('A'), topic('B', { '+no.such': '1' })] }
    assert.equal((await client.refusal(client.ask(updateAndCreateTopicList, {}, { body }))).code, 1)
    assert.equal(broker.topics.get('A'), undefined)
  })
})

describe('GET_ALL_TOPIC_CONFIG', () => {
  it('answers all at once to who names no page, else page by page by name', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    for (const name of ['A1', 'A2', 'A3']) await update(client, name)
    const all = await client.ask(getAllTopicConfig, {})
    assert.equal(Object.keys(all.body.topicConfigTable).length, broker.topics.size)
    const dataVersion = JSON.stringify(broker.topics.dataVersion)
    const names: string[] = []
    for (let topicSeq = 0; topicSeq < all.fields.totalTopicNum!; topicSeq += 4) {
      const page = await client.ask(getAllTopicConfig, { topicSeq, maxTopicNum: 4, dataVersion })
      names.push(...Object.keys(page.body.topicConfigTable))
    }
    assert.deepEqual(names, Object.keys(all.body.topicConfigTable).sort())
  })

  it('begins again for who has pages of another version', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    const first = await client.ask(getAllTopicConfig, { topicSeq: 0, maxTopicNum: 2 })
    for (const dataVersion of ['{"counter":99}', 'no JSON', '']) {
      const page = await client.ask(getAllTopicConfig, { topicSeq: 2, maxTopicNum: 2, dataVersion })
      assert.deepEqual(Object.keys(page.body.topicConfigTable), Object.keys(first.body.topicConfigTable), dataVersion)
    }
  })
})

it('a static topic is refused, and nothing of it is stored', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  const { code, remark } = await client.refusal(client.ask(updateAndCreateStaticTopic, { topic: 'S' }))
  assert.equal(code, 3)
  assert.match(remark, /static \(logical\) topics are not supported/)
  assert.equal(broker.topics.get('S'), undefined)
})
