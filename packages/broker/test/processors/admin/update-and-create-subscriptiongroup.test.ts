import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type SubscriptionGroupConfig, subscriptionGroupDefaults } from '@cometmq/protocol/bodies'
import {
  deleteSubscriptiongroup,
  getAllSubscriptionGroupConfig,
  getSubscriptiongroupConfig,
  queryTopicConsumeByWho,
  queryTopicsByConsumer,
  updateAndCreateSubscriptiongroup,
  updateAndCreateSubscriptiongroupList,
  updateAndGetGroupForbidden,
} from '@cometmq/protocol/commands/admin'
import { Rig } from '../../rig.ts'
import type { TestClient } from '../../test-client.ts'

const noPermission = 16
const groupNotExist = 26

const update = (client: TestClient, groupName: string, settings: Partial<SubscriptionGroupConfig> = {}) =>
  client.ask(updateAndCreateSubscriptiongroup, {}, { body: { ...subscriptionGroupDefaults(groupName), ...settings } })

const settings = async (client: TestClient, group: string) =>
  (await client.ask(getSubscriptiongroupConfig, { group })).body

describe('UPDATE_AND_CREATE_SUBSCRIPTIONGROUP', () => {
  it('makes a group that outlives the broker, and replaces all settings but attributes', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    await update(client, 'CG', { retryMaxTimes: 3, retryQueueNums: 2, attributes: { '+priority.factor': '50' } })
    await update(client, 'CG', { consumeEnable: false })
    await rig.stop(broker)
    await client.disconnect()
    await rig.broker()
    const { consumeEnable, retryMaxTimes, attributes } = await settings(rig.client('10.0.0.3'), 'CG')
    assert.deepEqual([consumeEnable, retryMaxTimes, { ...attributes }], [false, 16, { 'priority.factor': '50' }])
  })

  it('lets consumeEnable take effect with the next pull', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await client.send('T', 'x')
    assert.equal((await client.pull('T', 0)).code, 0)
    await update(client, 'CG', { consumeEnable: false })
    assert.equal((await client.refusal(client.pulling('T', 0))).code, noPermission)
    await update(client, 'CG')
    assert.equal((await client.pull('T', 0)).code, 0)
  })

  it('gives up a message after retryMaxTimes, and none of its copies goes to a queue that the retry topic has not', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    await update(client, 'CG', { retryMaxTimes: 1 })
    await client.send('T', 'x')
    const [message] = (await client.pull('T', 0)).messages
    await client.sendBack('CG', message!, { delayLevel: 1 })
    await update(client, 'CG', { retryMaxTimes: 1, retryQueueNums: 8 })
    for (let i = 0; i < 10; i++) await client.sendBack('CG', message!, { delayLevel: 1 })
    await rig.clock.advance(5_000)
    assert.equal(broker.topics.get('%RETRY%CG')!.readQueueNums, 1)
    const retried = await client.pull('%RETRY%CG', 0)
    assert.equal(retried.messages.length, 11)
    await client.sendBack('CG', retried.messages[0]!)
    assert.deepEqual(await client.bodies('%DLQ%CG'), ['x'])
  })

  it('refuses bad names and unknown attributes', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    for (const name of ['a:b', ' ', 'x'.repeat(121)])
      assert.equal((await client.refusal(update(client, name))).code, 29)
    const unknown = await client.refusal(update(client, 'CG', { attributes: { '+no.such': '1' } }))
    assert.deepEqual(unknown, { code: 1, remark: 'unsupported key: no.such' })
  })

  it('takes several at once, all or none', async () => {
    await using rig = new Rig()
    await rig.broker({ autoCreateGroup: false })
    const client = rig.client()
    const list = (...names: string[]) => ({ body: { groupConfigList: names.map(subscriptionGroupDefaults) } })
    await client.ask(updateAndCreateSubscriptiongroupList, {}, list('A', 'B'))
    assert.equal((await client.refusal(client.ask(updateAndCreateSubscriptiongroupList, {}, list('C', 'd:')))).code, 29)
    const { body, fields } = await client.ask(getAllSubscriptionGroupConfig, {})
    const names = Object.keys(body.subscriptionGroupTable)
    assert.deepEqual(
      ['A', 'B', 'C'].map((name) => names.includes(name)),
      [true, true, false],
    )
    assert.equal(fields.totalGroupNum, names.length)
  })
})

describe('DELETE_SUBSCRIPTIONGROUP', () => {
  it('removes the settings, and the offsets only when asked', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await client.send('T', 'x')
    for (const group of ['KEEPS', 'LOSES']) {
      await update(client, group, { retryMaxTimes: 3 })
      await client.commit(group, 'T', 1)
    }
    assert.deepEqual((await client.ask(queryTopicsByConsumer, { group: 'LOSES' })).body.topicList, ['T'])
    await client.ask(deleteSubscriptiongroup, { groupName: 'KEEPS' })
    await client.ask(deleteSubscriptiongroup, { groupName: 'LOSES', cleanOffset: true })
    await client.ask(deleteSubscriptiongroup, { groupName: 'NEVER_THERE' })
    assert.equal(await client.committed('KEEPS', 'T'), 1)
    assert.equal(await client.committed('LOSES', 'T'), undefined)
    assert.deepEqual((await client.ask(queryTopicConsumeByWho, { topic: 'T' })).body.groupList, ['KEEPS'])
    // The question makes it anew, with defaults.
    assert.equal((await settings(client, 'KEEPS')).retryMaxTimes, 16)
  })

  it('an unknown group is not there where groups are not made by themselves', async () => {
    await using rig = new Rig()
    await rig.broker({ autoCreateGroup: false })
    const client = rig.client()
    assert.equal((await client.refusal(settings(client, 'CG'))).code, groupNotExist)
  })
})

it('a group is forbidden to read a topic, and allowed again', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.send('T', 'x')
  await client.join('CG', ['T'])
  const readable = async (wanted?: boolean) =>
    (await client.ask(updateAndGetGroupForbidden, { group: 'CG', topic: 'T', readable: wanted })).body.readable
  assert.equal(await readable(), true)
  assert.equal(await readable(false), false)
  assert.equal((await client.refusal(client.pulling('T', 0, { expression: undefined }))).code, noPermission)
  assert.equal(await readable(true), true)
  assert.equal((await client.pull('T', 0, { expression: undefined })).code, 0)
})
