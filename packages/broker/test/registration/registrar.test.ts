import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getBrokerClusterInfo, getRouteinfoByTopic, putKvConfig } from '@cometmq/protocol/commands'
import { ResponseError } from '@cometmq/remoting'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const port = 9_876
const latencyMs = { min: 1, max: 1 }
const nameServers = ['ns-1', 'ns-2'].map((host) => ({ host, port }))

/** The queues of a topic as a NameServer knows it; `undefined` when it does not. */
async function routeOf(client: TestClient, host: string, topic: string) {
  try {
    const asked = client.remoting.invoke({ host, port }, getRouteinfoByTopic, { topic })
    const { body } = await client.clock.until(asked)
    const [queues] = body.queueDatas
    return { brokers: body.brokerDatas, queues: queues!, order: body.orderTopicConf }
  } catch (error) {
    if (error instanceof ResponseError && error.responseCode === 17) return undefined
    throw error
  }
}

test('every NameServer knows broker, address and topics as soon as the broker has started', async () => {
  await using rig = new Rig({ latencyMs })
  for (const { host } of nameServers) await rig.nameServer(host)
  await rig.broker({ nameServers })
  const client = rig.client()
  for (const { host } of nameServers) {
    const { brokers, queues } = (await routeOf(client, host, 'TBW102'))!
    assert.equal(brokers[0]!.brokerName, 'broker-a')
    assert.equal(brokers[0]!.cluster, 'DefaultCluster')
    assert.deepEqual([...brokers[0]!.brokerAddrs.values()], ['10.0.0.1:10911'])
    assert.deepEqual([queues.readQueueNums, queues.writeQueueNums, queues.perm], [8, 8, 7])
    const { body } = await client.clock.until(client.remoting.invoke({ host, port }, getBrokerClusterInfo, {}))
    assert.ok('broker-a' in body.brokerAddrTable)
  }
})

test('a topic is announced at once when it is made or changed', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  await rig.broker({ nameServers: nameServers.slice(0, 1) })
  const client = rig.client()
  assert.equal(await routeOf(client, 'ns-1', 'T1'), undefined)
  await client.send('T1', 'x')
  await rig.clock.advance(20)
  assert.equal((await routeOf(client, 'ns-1', 'T1'))!.queues.writeQueueNums, 4)
  await client.createTopic('T1', { queues: 6 })
  await rig.clock.advance(20)
  assert.equal((await routeOf(client, 'ns-1', 'T1'))!.queues.writeQueueNums, 6)
})

test('many topics made at once are all announced', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  await rig.broker({ nameServers: nameServers.slice(0, 1) })
  const client = rig.client()
  const topics = Array.from({ length: 30 }, (_, i) => `T${i}`)
  await rig.clock.until(Promise.all(topics.map((topic) => client.sending(topic, 'x'))))
  await rig.clock.advance(50)
  for (const topic of topics) assert.ok(await routeOf(client, 'ns-1', topic), topic)
})

test('many topics changed at once, and one after the other, are all announced', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  await rig.broker({ nameServers: nameServers.slice(0, 1) })
  const client = rig.client()
  const topics = Array.from({ length: 30 }, (_, i) => `T${i}`)
  for (const topic of topics) await client.createTopic(topic, { queues: 4 })
  for (const [queues, gapMs] of [
    [5, 0],
    [6, 0.4],
    [7, 1],
  ] as const) {
    const changed: Promise<unknown>[] = []
    for (const topic of topics) {
      changed.push(client.createTopic(topic, { queues }))
      if (gapMs > 0) await rig.clock.advance(gapMs)
    }
    await rig.clock.until(Promise.all(changed))
    await rig.clock.advance(50)
    for (const topic of topics)
      assert.equal((await routeOf(client, 'ns-1', topic))!.queues.writeQueueNums, queues, topic)
  }
})

test('a NameServer that refuses or does not answer keeps neither clients nor the others waiting', async () => {
  for (const isSilent of [false, true]) {
    await using rig = new Rig({ latencyMs })
    await rig.nameServer('ns-2')
    if (isSilent) rig.network.host('ns-1')
    rig.network.partition('ns-1', isSilent ? '10.0.0.1' : 'nobody')
    const starting = rig.broker({ nameServers })
    const client = rig.client()
    await rig.clock.advance(20)
    assert.ok(await routeOf(client, 'ns-2', 'TBW102'), 'the other knows the broker')
    await client.send('T1', 'served while it registers')
    await rig.clock.advance(20)
    assert.ok(await routeOf(client, 'ns-2', 'T1'))
    await starting
    assert.equal(rig.messages('warn').filter((each) => each.startsWith('could not register')).length, 1)
  }
})

test('a NameServer that falls silent does not keep news from the others', async () => {
  await using rig = new Rig({ latencyMs })
  for (const { host } of nameServers) await rig.nameServer(host)
  await rig.broker({ nameServers })
  const client = rig.client()
  rig.network.partition('10.0.0.1', 'ns-1')
  for (const topic of ['T1', 'T2', 'T3']) {
    await client.createTopic(topic)
    await rig.clock.advance(50)
    assert.ok(await routeOf(client, 'ns-2', topic), topic)
  }
})

test('a NameServer that was started anew is told everything when it does not know us', async () => {
  await using rig = new Rig({ latencyMs })
  const first = await rig.nameServer('ns-1')
  await rig.broker({ nameServers: nameServers.slice(0, 1), registerPeriodMs: 60_000 })
  const client = rig.client()
  await client.createTopic('T1')
  await rig.clock.until(first.close())
  await rig.nameServer('ns-1')
  await client.createTopic('T2')
  await rig.clock.advance(1_000)
  for (const topic of ['T1', 'T2', 'TBW102']) assert.ok(await routeOf(client, 'ns-1', topic), topic)
})

test('a NameServer that was away learns everything within the period, and the log says when it is back', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  await rig.broker({ nameServers })
  const client = rig.client()
  await client.send('T1', 'x')
  await rig.clock.advance(100)
  await rig.nameServer('ns-2')
  await rig.clock.advance(30_100)
  assert.ok(await routeOf(client, 'ns-2', 'T1'))
  assert.ok(rig.messages('info').includes('registered again'))
})

test('what a NameServer missed is told with the next change, not only that change', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  await rig.broker({ nameServers: nameServers.slice(0, 1), registerPeriodMs: 60_000, registerTimeoutMs: 1_000 })
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  await rig.clock.advance(100)
  rig.network.partition('10.0.0.1', 'ns-1')
  await client.createTopic('T1', { queues: 5 })
  await rig.clock.advance(2_000)
  // The connection that was cut is gone for good: what was under way on it is lost.
  rig.network.reset('10.0.0.1', 'ns-1')
  rig.network.heal('10.0.0.1', 'ns-1')
  await client.createTopic('T2')
  await rig.clock.advance(4_000)
  assert.ok(await routeOf(client, 'ns-1', 'T2'))
  assert.equal((await routeOf(client, 'ns-1', 'T1'))?.queues.writeQueueNums, 5)
})

test('topics that the NameServer calls ordered are marked, kept and announced as such', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  const broker = await rig.broker({ nameServers: nameServers.slice(0, 1) })
  const client = rig.client()
  await client.send('T1', 'x')
  const order = { namespace: 'ORDER_TOPIC_CONFIG', key: 'T1', value: 'broker-a:4' }
  await client.clock.until(client.remoting.invoke({ host: 'ns-1', port }, putKvConfig, order))
  await rig.clock.advance(30_100)
  assert.equal(broker.topics.get('T1')!.order, true)
  const { counter } = broker.topics.dataVersion
  await rig.clock.advance(90_000)
  assert.equal(broker.topics.dataVersion.counter, counter, 'it is marked once')
  await rig.stop(broker)
  const next = await rig.broker()
  assert.equal(next.topics.get('T1')!.order, true)
})

test('topics are announced with what the broker permits', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  const first = await rig.broker({ nameServers: nameServers.slice(0, 1) })
  const client = rig.client()
  await client.send('T1', 'x')
  await rig.stop(first)
  await rig.broker({ nameServers: nameServers.slice(0, 1), permission: 4 })
  assert.equal((await routeOf(client, 'ns-1', 'T1'))!.queues.perm, 4)
})

test('a broker that closes is forgotten at once, one that is killed when its connection breaks, and comes back', async () => {
  await using rig = new Rig({ latencyMs })
  for (const { host } of nameServers) await rig.nameServer(host)
  const first = await rig.broker({ nameServers })
  const client = rig.client()
  await client.send('T1', 'x')
  await rig.stop(first)
  for (const { host } of nameServers) assert.equal(await routeOf(client, host, 'T1'), undefined)
  const second = await rig.broker({ nameServers })
  for (const { host } of nameServers) assert.ok(await routeOf(client, host, 'T1'))
  await rig.stop(second)
  assert.equal(await routeOf(client, 'ns-1', 'T1'), undefined)
})

test('two brokers of a cluster stand side by side', async () => {
  await using rig = new Rig({ latencyMs })
  await rig.nameServer('ns-1')
  const shared = { nameServers: nameServers.slice(0, 1) }
  const directory = (name: string) => ({ storePathRootDir: `/data/${name}` })
  await rig.broker({ ...shared, configDirectory: '/data/a/config' }, directory('a'))
  const b = { ...shared, brokerName: 'broker-b', configDirectory: '/data/b/config' }
  const second = await rig.broker(b, directory('b'), '10.0.0.9')
  const client = rig.client()
  assert.equal((await routeOf(client, 'ns-1', 'TBW102'))!.brokers.length, 2)
  await rig.stop(second)
  assert.deepEqual(
    (await routeOf(client, 'ns-1', 'TBW102'))!.brokers.map(({ brokerName }) => brokerName),
    ['broker-a'],
  )
})
