import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subscriptionGroupDefaults } from '@cometmq/protocol/bodies'
import { pullMessage, searchOffsetByTimestamp } from '@cometmq/protocol/commands'
import {
  ackLiteMessage,
  getBrokerLiteInfo,
  liteSubscriptionCtl,
  popLiteMessage,
  triggerLiteDispatch,
  updateAndCreateStaticTopic,
  updateAndCreateSubscriptiongroup,
  updateAndCreateTopic,
} from '@cometmq/protocol/commands/admin'
import { encodeProperties } from '@cometmq/protocol/message'
import { askRaw } from './raw-peer.ts'
import { brokerAddress, Rig } from './rig.ts'

async function stage() {
  const rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  return { rig, client }
}

test('requests about lite and static topics are refused with what is not supported', async () => {
  const { rig, client } = await stage()
  await using _ = rig
  for (const command of [popLiteMessage, liteSubscriptionCtl, ackLiteMessage, getBrokerLiteInfo, triggerLiteDispatch]) {
    const { code, remark } = await client.refusal(client.remoting.invoke(brokerAddress, command, {}))
    assert.equal(code, 3)
    assert.match(remark, new RegExp(`^lite topics are not supported: ${command.name} \\(${command.code}\\) is refused`))
  }
  const made = client.remoting.invoke(brokerAddress, updateAndCreateStaticTopic, { topic: 'S1' })
  const { code, remark } = await client.refusal(made)
  assert.equal(code, 3)
  assert.match(remark, /^static \(logical\) topics are not supported: S1 was not created/)
})

test('a message for a lite topic is refused, whichever way it comes, and not stored with its parent', async () => {
  const { rig, client } = await stage()
  await using _ = rig
  for (const uniqKey of [{}, { UNIQ_KEY: '7F00000100002A139A55000000000001' }]) {
    const properties = encodeProperties(Object.entries({ ...uniqKey, __LITE_TOPIC: 'orders-1', WAIT: 'true' }))
    const { code, remark } = await client.refusal(client.sending('T1', 'x', { properties }))
    assert.equal(code, 13)
    assert.match(remark, /^lite topics are not supported: the message to T1 was not stored, since it is for orders-1/)
  }
  await client.send('T1', 'plain', { properties: encodeProperties([['note', 'of __LITE_TOPIC']]) })
  assert.deepEqual(await client.bodies('T1'), ['plain'])
})

test('a read of a lite topic is not answered from its parent', async () => {
  const { rig, client } = await stage()
  await using _ = rig
  await client.send('T1', 'of the parent')
  const common = { topic: 'T1', queueId: '0', liteTopic: 'orders-1' }
  const pull = { consumerGroup: 'CG', queueOffset: '0', maxMsgNums: '32', sysFlag: '4', commitOffset: '0' }
  const asked = [
    {
      code: pullMessage.code,
      ext: { ...common, ...pull, suspendTimeoutMillis: '0', subscription: '*', subVersion: '0' },
    },
    { code: searchOffsetByTimestamp.code, ext: { ...common, timestamp: '0' } },
  ]
  for (const { code, ext } of asked) {
    const answer = await askRaw(client, code, ext)
    assert.equal(answer.code, 3)
    assert.match(answer.remark ?? '', /^lite topics are not supported: nothing of orders-1 in T1 can be read/)
  }
})

test('neither topics nor groups become lite ones', async () => {
  const { rig, client } = await stage()
  await using _ = rig
  const topic = {
    topic: 'L1',
    defaultTopic: 'TBW102',
    readQueueNums: 1,
    writeQueueNums: 1,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: '+message.type=LITE',
  }
  const asTopic = await client.refusal(client.remoting.invoke(brokerAddress, updateAndCreateTopic, topic))
  assert.deepEqual([asTopic.code, asTopic.remark.startsWith('lite topics are not supported')], [29, true])
  const body = { ...subscriptionGroupDefaults('LG'), attributes: { '+lite.bind.topic': 'T1' } }
  const asGroup = await client.refusal(
    client.remoting.invoke(brokerAddress, updateAndCreateSubscriptiongroup, {}, { body }),
  )
  assert.deepEqual([asGroup.code, asGroup.remark.startsWith('lite topics are not supported')], [29, true])
})
