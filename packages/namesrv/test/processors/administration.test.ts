import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocolVersion, responseCode } from '@cometmq/protocol'
import {
  addWritePermOfBroker,
  deleteKvConfig,
  deleteTopicInNamesrv,
  getAllTopicListFromNameserver,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  getKvConfig,
  getKvListByNamespace,
  getNamesrvConfig,
  getRouteinfoByTopic,
  getSystemTopicListFromNs,
  getTopicsByCluster,
  getUnitTopicList,
  putKvConfig,
  registerBroker,
  registerTopicInNamesrv,
  updateNamesrvConfig,
  wipeWritePermOfBroker,
} from '@cometmq/protocol/commands'
import { jsonBody, master } from '../broker-rig.ts'
import { Stage } from '../stage.ts'

async function started(stage: Stage, options = {}) {
  const { address, files } = await stage.nameServer(options)
  const admin = stage.caller('10.0.0.1', address)
  await admin.ask(registerBroker, master, { body: jsonBody() })
  return { admin, files, address }
}

test('key-value configuration is put, found, listed, deleted, and survives a restart', async () => {
  await using stage = new Stage()
  const { admin, files } = await started(stage)
  await admin.ask(putKvConfig, { namespace: 'NS', key: 'k', value: 'v ü' })
  assert.equal((await admin.ask(getKvConfig, { namespace: 'NS', key: 'k' })).fields.value, 'v ü')
  assert.deepEqual((await admin.ask(getKvListByNamespace, { namespace: 'NS' })).body.table, { k: 'v ü' })
  const again = await stage.nameServer({}, { host: 'again', files })
  const other = stage.caller('client', again.address)
  assert.equal((await other.ask(getKvConfig, { namespace: 'NS', key: 'k' })).fields.value, 'v ü')
  await admin.ask(deleteKvConfig, { namespace: 'NS', key: 'k' })
  await admin.ask(deleteKvConfig, { namespace: 'none', key: 'k' })
  assert.deepEqual(await admin.refusal(getKvConfig, { namespace: 'NS', key: 'k' }), {
    code: responseCode.QUERY_NOT_FOUND,
    remark: 'No config item, Namespace: NS Key: k',
  })
  assert.deepEqual((await admin.ask(getKvListByNamespace, { namespace: 'NS' })).body.table, {})
  assert.deepEqual(await admin.refusal(getKvListByNamespace, { namespace: 'none' }), {
    code: responseCode.QUERY_NOT_FOUND,
    remark: 'No config item, Namespace: none',
  })
})

test('topics are listed, and not when that is turned off', async () => {
  await using stage = new Stage()
  const { admin } = await started(stage)
  assert.deepEqual((await admin.ask(getAllTopicListFromNameserver, {})).body.topicList, ['T1', 'T2'])
  assert.deepEqual((await admin.ask(getTopicsByCluster, { cluster: 'C' })).body.topicList, ['T1', 'T2'])
  const system = await admin.ask(getSystemTopicListFromNs, {})
  assert.deepEqual({ ...system.body }, { brokerAddr: '10.0.0.1:10911', topicList: ['C', 'a'] })
  const unitLists = [getUnitTopicList, getHasUnitSubTopicList, getHasUnitSubUnunitTopicList]
  for (const command of unitLists) assert.deepEqual((await admin.ask(command, {})).body.topicList, [])

  const silent = await stage.nameServer({ enableAllTopicList: false, enableTopicList: false }, { host: 'silent' })
  const other = stage.caller('client', silent.address)
  for (const command of [getAllTopicListFromNameserver, ...unitLists]) {
    const { code, remark } = await other.refusal(command, {})
    assert.equal(code, responseCode.SYSTEM_ERROR)
    assert.match(remark, /^disable/)
  }
  assert.match((await other.refusal(getTopicsByCluster, { cluster: 'C' })).remark, /enableTopicList=false/)
  await other.ask(getSystemTopicListFromNs, {})
})

test('write permission of a broker is wiped and added', async () => {
  await using stage = new Stage()
  const { admin } = await started(stage)
  const perm = async () => (await admin.ask(getRouteinfoByTopic, { topic: 'T1' })).body.queueDatas[0]?.perm
  assert.equal((await admin.ask(wipeWritePermOfBroker, { brokerName: 'a' })).fields.wipeTopicCount, 2)
  assert.equal(await perm(), 4)
  assert.equal((await admin.ask(addWritePermOfBroker, { brokerName: 'a' })).fields.addTopicCount, 2)
  assert.equal(await perm(), 6)
  assert.equal((await admin.ask(wipeWritePermOfBroker, { brokerName: 'none' })).fields.wipeTopicCount, 0)
})

test('a topic is registered by itself and deleted', async () => {
  await using stage = new Stage()
  const { admin } = await started(stage)
  const queueDatas = [{ brokerName: 'a', readQueueNums: 2, writeQueueNums: 2, perm: 6, topicSysFlag: 0 }]
  const body = { brokerDatas: [], filterServerTable: {}, queueDatas }
  await admin.ask(registerTopicInNamesrv, { topic: 'T3' }, { body })
  assert.deepEqual((await admin.ask(getRouteinfoByTopic, { topic: 'T3' })).body.queueDatas, queueDatas)
  await admin.ask(registerTopicInNamesrv, { topic: 'T4' })
  await admin.ask(deleteTopicInNamesrv, { topic: 'T3' })
  await admin.ask(deleteTopicInNamesrv, { topic: 'T1', clusterName: 'none' })
  assert.deepEqual((await admin.ask(getAllTopicListFromNameserver, {})).body.topicList, ['T1', 'T2'])
  await admin.ask(deleteTopicInNamesrv, { topic: 'T1', clusterName: 'C' })
  assert.deepEqual((await admin.ask(getAllTopicListFromNameserver, {})).body.topicList, ['T2'])
})

test('options are read and changed over the network, and stored', async () => {
  await using stage = new Stage()
  const { admin, files } = await started(stage)
  const config = async () => (await admin.ask(getNamesrvConfig, {})).body.toString()
  assert.match(await config(), /^enableAllTopicList=true$/m)
  await admin.ask(updateNamesrvConfig, {}, { body: Buffer.from('enableAllTopicList=false\ncolour=red\n') })
  assert.match(await config(), /^enableAllTopicList=false$/m)
  assert.match((await files.readFile('/data/namesrv/namesrv.properties')).toString(), /^enableAllTopicList=false$/m)
  assert.match((await admin.refusal(getAllTopicListFromNameserver, {})).remark, /^disable/)
})

test('options that protect the NameServer, and values that do not fit, are refused', async () => {
  await using stage = new Stage()
  const { admin } = await started(stage)
  const refusal = (text: string) => admin.refusal(updateNamesrvConfig, {}, { body: Buffer.from(text) })
  for (const property of ['kvConfigPath', 'configStorePath', 'configBlackList', 'rocketmqHome']) {
    const { code, remark } = await refusal(`enableAllTopicList=false\n${property}=/tmp`)
    assert.equal(code, responseCode.NO_PERMISSION)
    assert.match(remark, new RegExp(`^Can not update config in black list\\.: ${property} `))
  }
  assert.match((await refusal('enableTopicList=maybe')).remark, /enableTopicList/)
  await admin.ask(getAllTopicListFromNameserver, {})
})

test('an unknown request code is refused', async () => {
  await using stage = new Stage()
  const { address } = await started(stage)
  const answer = await stage.askRaw(address, { code: 29_998, version: protocolVersion })
  assert.equal(answer.code, responseCode.REQUEST_CODE_NOT_SUPPORTED)
  assert.equal(answer.remark, ' request type 29998 not supported')
})
