import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { getRouteinfoByTopic, putKvConfig, registerBroker } from '@cometmq/protocol/commands'
import { jsonBody, master } from '../broker-rig.ts'
import { Stage } from '../stage.ts'

const bodyWith = (id: string) =>
  `{"brokerDatas":[{"brokerAddrs":{${id}:"10.0.0.1:10911"},"brokerName":"a","cluster":"C","enableActingMaster":false}],` +
  '"filterServerTable":{},"queueDatas":[{"brokerName":"a","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]}'

async function withBroker(stage: Stage, options = {}, zone?: string) {
  const { address } = await stage.nameServer(options)
  const broker = stage.caller('10.0.0.1', address)
  if (zone === undefined) await broker.ask(registerBroker, master, { body: jsonBody() })
  else
    await stage.askRaw(address, {
      code: registerBroker.code,
      fields: master,
      body: jsonBody(),
      ext: { __ZONE_NAME: zone },
    })
  return { address, broker }
}

test('integer keys are quoted for clients from 4.9.4 on and for who asks for it', async () => {
  await using stage = new Stage()
  const { address } = await withBroker(stage)
  const ask = async (version: number, acceptStandardJsonOnly?: boolean) => {
    const fields = acceptStandardJsonOnly === undefined ? { topic: 'T1' } : { topic: 'T1', acceptStandardJsonOnly }
    return (await stage.askRaw(address, { code: getRouteinfoByTopic.code, fields, version })).body.toString()
  }
  assert.equal(await ask(513), bodyWith('"0"'))
  assert.equal(await ask(401), bodyWith('"0"'))
  assert.equal(await ask(400), bodyWith('0'))
  assert.equal(await ask(0, false), bodyWith('0'))
  assert.equal(await ask(0, true), bodyWith('"0"'))
})

test('a topic without a route is refused with the reason', async () => {
  await using stage = new Stage()
  const { address } = await stage.nameServer()
  const client = stage.caller('client', address)
  const empty = await client.refusal(getRouteinfoByTopic, { topic: 'T9' })
  assert.equal(empty.code, responseCode.TOPIC_NOT_EXIST)
  assert.match(
    empty.remark,
    /^No topic route info in name server for the topic: T9\nNo broker has registered .*namesrvAddr/,
  )
  await stage.caller('10.0.0.1', address).ask(registerBroker, master, { body: jsonBody() })
  const unknown = await client.refusal(getRouteinfoByTopic, { topic: 'T9' })
  assert.match(
    unknown.remark,
    /the topic: T9\nThe topic is unknown to this NameServer, with which 1 broker is registered/,
  )
})

test('a route shows a change at once', async () => {
  await using stage = new Stage()
  const { address, broker } = await withBroker(stage)
  const client = stage.caller('client', address)
  const perms = async () => (await client.ask(getRouteinfoByTopic, { topic: 'T1' })).body.queueDatas.map((q) => q.perm)
  assert.deepEqual(await perms(), [6])
  const body = Buffer.from(jsonBody(['T1', 'T2'], 2).toString().replaceAll('"perm":6', '"perm":4'))
  await broker.ask(registerBroker, master, { body })
  assert.deepEqual(await perms(), [4])
})

test('the order configuration is in the route when it is turned on', async () => {
  for (const orderMessageEnable of [true, false]) {
    await using stage = new Stage()
    const { broker } = await withBroker(stage, { orderMessageEnable })
    const order = async () => (await broker.ask(getRouteinfoByTopic, { topic: 'T1' })).body.orderTopicConf
    assert.equal(await order(), undefined)
    await broker.ask(putKvConfig, { namespace: 'ORDER_TOPIC_CONFIG', key: 'T1', value: 'a:4' })
    assert.equal(await order(), orderMessageEnable ? 'a:4' : undefined)
  }
})

test('clients in a zone see its brokers', async () => {
  await using stage = new Stage()
  const { address } = await withBroker(stage, {}, 'East')
  const brokersFor = async (ext: Record<string, string>) => {
    const { body } = await stage.askRaw(address, { code: getRouteinfoByTopic.code, fields: { topic: 'T1' }, ext })
    return (JSON.parse(body.toString()) as { brokerDatas: unknown[] }).brokerDatas.length
  }
  assert.equal(await brokersFor({ __ZONE_MODE: 'TRUE', __ZONE_NAME: 'east' }), 1)
  assert.equal(await brokersFor({ __ZONE_MODE: 'true', __ZONE_NAME: 'west' }), 0)
  assert.equal(await brokersFor({ __ZONE_MODE: 'false', __ZONE_NAME: 'west' }), 1)
  assert.equal(await brokersFor({ __ZONE_MODE: 'true', __ZONE_NAME: ' ' }), 1)
})

test('routes wait for brokers after the start when that is asked for', async () => {
  await using stage = new Stage()
  const { address } = await withBroker(stage, { needWaitForService: true, waitForServiceSeconds: 45 })
  const client = stage.caller('client', address)
  const { code, remark } = await client.refusal(getRouteinfoByTopic, { topic: 'T1' })
  assert.equal(code, responseCode.SYSTEM_ERROR)
  assert.match(remark, /^name server not ready/)
  await stage.clock.advance(45_000)
  await client.ask(getRouteinfoByTopic, { topic: 'T1' })
})
