import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import {
  getBrokerClusterInfo,
  getBrokerMemberGroup,
  getRouteinfoByTopic,
  putKvConfig,
  queryDataVersion,
  registerBroker,
} from '@cometmq/protocol/commands'
import { crc32Of } from '@cometmq/protocol/message'
import { dataVersion, identityOf, jsonBody, master, oldBody, slave, zlibBody } from '../broker-rig.ts'
import { Stage } from '../stage.ts'

test('all forms of the body lead to the same route', async () => {
  const forms = {
    json: { body: jsonBody(), compressed: false, version: 513 },
    zlib: { body: zlibBody(), compressed: true, version: 513 },
    'zlib before 5.0': { body: zlibBody(['T1', 'T2'], { mappings: false }), compressed: true, version: 401 },
    old: { body: oldBody(), compressed: false, version: 36 },
  }
  for (const [name, { body, compressed, version }] of Object.entries(forms)) {
    await using stage = new Stage()
    const { address } = await stage.nameServer()
    const fields = { ...master, compressed, bodyCrc32: crc32Of(body) }
    const answer = await stage.askRaw(address, { code: registerBroker.code, version, fields, body })
    assert.equal(answer.code, responseCode.SUCCESS, `${name}: ${answer.remark}`)
    const { body: route } = await stage.caller('client', address).ask(getRouteinfoByTopic, { topic: 'T2' })
    assert.deepEqual(
      route.queueDatas,
      [{ brokerName: 'a', perm: 6, readQueueNums: 4, topicSysFlag: 0, writeQueueNums: 4 }],
      name,
    )
  }
})

test('a slave learns its master, and both are in the group and the cluster', async () => {
  await using stage = new Stage()
  const { address } = await stage.nameServer()
  const [broker, second] = [stage.caller('10.0.0.1', address), stage.caller('10.0.0.2', address)]
  await broker.ask(registerBroker, master, { body: jsonBody() })
  const { fields } = await second.ask(registerBroker, slave, { body: jsonBody() })
  assert.deepEqual({ ...fields }, { masterAddr: '10.0.0.1:10911', haServerAddr: '10.0.0.1:10912' })
  const brokerAddrs = new Map([
    [0, '10.0.0.1:10911'],
    [1, '10.0.0.2:10911'],
  ])
  const { body: info } = await broker.ask(getBrokerClusterInfo, {})
  assert.deepEqual(info.clusterAddrTable, { C: ['a'] })
  assert.deepEqual(info.brokerAddrTable.a?.brokerAddrs, brokerAddrs)
  const members = await broker.ask(getBrokerMemberGroup, { clusterName: 'C', brokerName: 'a' })
  assert.deepEqual(members.body.brokerMemberGroup, { brokerAddrs, brokerName: 'a', cluster: 'C' })
  const nobody = await broker.ask(getBrokerMemberGroup, { clusterName: 'X', brokerName: 'none' })
  assert.deepEqual(nobody.body.brokerMemberGroup, { brokerAddrs: new Map(), brokerName: 'none', cluster: 'X' })
})

test('a damaged body, an undecodable one and a lone topic are refused, each with its reason', async () => {
  await using stage = new Stage()
  const { address } = await stage.nameServer()
  const broker = stage.caller('10.0.0.1', address)
  const body = jsonBody()
  const damaged = await broker.refusal(registerBroker, { ...master, bodyCrc32: 7 }, { body })
  assert.equal(damaged.code, responseCode.SYSTEM_ERROR)
  assert.match(damaged.remark, /^crc32 not match: the header says 7/)
  const wrongForm = await broker.refusal(registerBroker, { ...master, compressed: true }, { body })
  assert.equal(wrongForm.code, responseCode.SYSTEM_ERROR)
  const lone = await broker.refusal(registerBroker, master, { body: jsonBody(['T1']) })
  assert.equal(lone.code, responseCode.SYSTEM_ERROR)
  assert.match(lone.remark, /^register broker failed: a with id 0 sent a single topic/)
  const { body: info } = await broker.ask(getBrokerClusterInfo, {})
  assert.deepEqual(info.brokerAddrTable, {})
})

test('a registering broker gets the order topics, unless that is turned off', async () => {
  for (const returnOrderTopicConfigToBroker of [true, false]) {
    await using stage = new Stage()
    const { address } = await stage.nameServer({ returnOrderTopicConfigToBroker })
    const broker = stage.caller('10.0.0.1', address)
    const without = await broker.ask(registerBroker, master, { body: jsonBody() })
    assert.equal(without.body, undefined)
    await broker.ask(putKvConfig, { namespace: 'ORDER_TOPIC_CONFIG', key: 'T1', value: 'a:4' })
    const { body } = await broker.ask(registerBroker, master, { body: jsonBody() })
    assert.deepEqual(body?.table, returnOrderTopicConfigToBroker ? { T1: 'a:4' } : undefined)
  }
})

test('a broker asks whether its version is known', async () => {
  await using stage = new Stage()
  const { address } = await stage.nameServer()
  const broker = stage.caller('10.0.0.1', address)
  const changed = async (counter: number) =>
    (await broker.ask(queryDataVersion, identityOf(master), { body: dataVersion(counter) })).fields.changed
  assert.equal(await changed(1), true)
  await broker.ask(registerBroker, master, { body: jsonBody() })
  assert.equal(await changed(1), false)
  assert.equal(await changed(2), true)
})
