import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import {
  brokerHeartbeat,
  getBrokerClusterInfo,
  getRouteinfoByTopic,
  queryDataVersion,
  registerBroker,
  unregisterBroker,
} from '@cometmq/protocol/commands'
import { ResponseError } from '@cometmq/remoting'
import { dataVersion, identityOf, jsonBody, master, slave } from './broker-rig.ts'
import { type Caller, Stage } from './stage.ts'

const minuteMs = 60_000

/** A NameServer with a broker and somebody who asks for routes. */
async function started(stage: Stage, options = {}) {
  const { address } = await stage.nameServer(options)
  const broker = stage.caller('10.0.0.1', address)
  const client = stage.caller('client', address)
  return { address, broker, client }
}

const register = (broker: Caller, fields: Partial<typeof master> & { heartbeatTimeoutMillis?: number } = {}) =>
  broker.ask(registerBroker, { ...master, ...fields }, { body: jsonBody() })

/** Whether the NameServer has a route for the broker's topic. */
async function knows(client: Caller): Promise<boolean> {
  try {
    await client.ask(getRouteinfoByTopic, { topic: 'T1' })
    return true
  } catch (error) {
    if (error instanceof ResponseError && error.responseCode === responseCode.TOPIC_NOT_EXIST) return false
    throw error
  }
}

test('a broker that is silent for 120 s is forgotten', async () => {
  await using stage = new Stage()
  const { broker, client } = await started(stage)
  await register(broker)
  await stage.clock.advance(1.9 * minuteMs)
  assert.ok(await knows(client))
  await stage.clock.advance(0.2 * minuteMs)
  assert.equal(await knows(client), false)
})

test('a broker names its own timeout, and heartbeats and version queries prolong it', async () => {
  await using stage = new Stage()
  const { broker, client } = await started(stage)
  await register(broker, { heartbeatTimeoutMillis: 10_000 })
  for (let i = 0; i < 5; i++) {
    await stage.clock.advance(7_000)
    if (i % 2 === 0) await broker.ask(brokerHeartbeat, identityOf(master))
    else await broker.ask(queryDataVersion, identityOf(master), { body: dataVersion() })
  }
  assert.ok(await knows(client))
  await stage.clock.advance(16_000)
  assert.equal(await knows(client), false)
})

test('setting the time of day expires nobody', async () => {
  await using stage = new Stage()
  const { broker, client } = await started(stage)
  await register(broker)
  stage.clock.setTimeOfDay(Date.UTC(2040, 0, 1))
  await stage.clock.advance(10_000)
  assert.ok(await knows(client))
})

test('a broker is forgotten at once when its connection closes', async () => {
  await using stage = new Stage()
  const { broker, client } = await started(stage)
  await register(broker)
  await broker.disconnect()
  assert.equal(await knows(client), false)
})

test('a broker that registered anew over another connection outlives its former one', async () => {
  await using stage = new Stage()
  const { address, broker, client } = await started(stage)
  await register(broker)
  await register(stage.caller('10.0.0.1', address))
  await broker.disconnect()
  assert.ok(await knows(client))
})

test('all brokers of a connection leave with it', async () => {
  await using stage = new Stage()
  const { broker, client } = await started(stage)
  await register(broker)
  await register(broker, { brokerName: 'b', brokerAddr: '10.0.0.1:20911' })
  await broker.disconnect()
  assert.equal(Object.keys((await client.ask(getBrokerClusterInfo, {})).body.brokerAddrTable).length, 0)
})

test('when an unregistration is answered the broker is gone', async () => {
  await using stage = new Stage()
  const { broker, client } = await started(stage)
  await register(broker)
  await broker.ask(unregisterBroker, identityOf(master))
  assert.equal(await knows(client), false)
})

test('a broker that unregisters and registers in one breath stays', async () => {
  await using stage = new Stage()
  const { address, broker, client } = await started(stage)
  await register(broker)
  const peer = await stage.clock.until(broker.client.connect(address))
  const left = peer.invoke(unregisterBroker, identityOf(master))
  const cameBack = peer.invoke(registerBroker, master, { body: jsonBody() })
  await stage.clock.until(Promise.all([left, cameBack]))
  assert.ok(await knows(client))
})

test('more brokers than may leave at once are asked to try again', async () => {
  await using stage = new Stage()
  const { address, broker } = await started(stage, { unRegisterBrokerQueueCapacity: 2 })
  const peer = await stage.clock.until(broker.client.connect(address))
  const departures = [1, 2, 3].map((id) => peer.invoke(unregisterBroker, { ...identityOf(master), brokerId: id }))
  const outcomes = await stage.clock.until(Promise.allSettled(departures))
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  assert.equal(refused.length, 1)
  assert.match(String((refused[0] as PromiseRejectedResult).reason), /unRegisterBrokerQueueCapacity/)
})

test('NameServers side by side know nothing of each other', async () => {
  await using stage = new Stage()
  const one = await stage.nameServer({}, { host: 'one' })
  const two = await stage.nameServer({}, { host: 'two' })
  await register(stage.caller('10.0.0.1', one.address))
  assert.ok(await knows(stage.caller('client', one.address)))
  assert.equal(await knows(stage.caller('client', two.address)), false)
})

test('a NameServer that closes is gone, and starts again empty on the same address', async () => {
  await using stage = new Stage()
  const { nameServer, address, files } = await stage.nameServer()
  await register(stage.caller('10.0.0.1', address))
  await stage.clock.until(Promise.all([nameServer.close(), nameServer.close()]))
  await assert.rejects(stage.caller('client', address).ask(getBrokerClusterInfo, {}), { systemCode: 'ECONNREFUSED' })
  await stage.nameServer({}, { files })
  assert.equal(await knows(stage.caller('client', address)), false)
})

test('the brokers of a group learn that its smallest id changed', async () => {
  await using stage = new Stage()
  const { address, broker } = await started(stage, { notifyMinBrokerIdChanged: true })
  const notices = await stage.listenForNotices('10.0.0.2', 10911)
  const acting = { enableActingMaster: true }
  await register(stage.caller('10.0.0.2', address), { ...slave, ...acting })
  await stage.clock.advance(1_000)
  assert.deepEqual(notices, [])
  await register(broker, acting)
  await stage.clock.advance(1_000)
  await broker.ask(unregisterBroker, identityOf(master))
  await stage.clock.advance(1_000)
  assert.deepEqual(notices, [
    { minBrokerId: 0, minBrokerAddr: '10.0.0.1:10911', haBrokerAddr: '10.0.0.1:10912' },
    { minBrokerId: 1, minBrokerAddr: '10.0.0.2:10911', offlineBrokerAddr: '10.0.0.1:10911' },
  ])
})
