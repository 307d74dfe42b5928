import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subscriptionGroupDefaults } from '@cometmq/protocol/bodies'
import {
  getSubscriptiongroupConfig,
  updateAndCreateSubscriptiongroup,
  updateBrokerConfig,
  viewBrokerStatsData,
} from '@cometmq/protocol/commands/admin'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const lookMs = 180_000

/** A topic of ten messages of half a kilobyte and more. */
async function stage(options: Parameters<Rig['broker']>[0] = {}) {
  const rig = new Rig()
  await rig.broker({ slowGroupBytes: 3_000, ...options })
  const client = rig.client()
  await client.createTopic('T1')
  for (let i = 0; i < 10; i++) await client.send('T1', 'x'.repeat(500))
  return { rig, client }
}

const isEnabled = async (client: TestClient, group: string) =>
  (await client.ask(getSubscriptiongroupConfig, { group })).body.consumeEnable

const figure = async (client: TestClient, statsName: string, statsKey: string) =>
  (await client.ask(viewBrokerStatsData, { statsName, statsKey })).body.statsMinute.sum

const enable = (client: TestClient, group: string) =>
  client.ask(updateAndCreateSubscriptiongroup, {}, { body: subscriptionGroupDefaults(group) })

test('a group that reads too far behind is switched off, one that is near the end is not', async () => {
  const { rig, client } = await stage({ disableSlowGroups: true })
  await using _ = rig
  await client.pull('T1', 0, { group: 'SLOW', maxMsgNums: 1 })
  await client.pull('T1', 0, { group: 'FAST' })
  await rig.clock.advance(lookMs)
  assert.deepEqual([await isEnabled(client, 'SLOW'), await isEnabled(client, 'FAST')], [false, true])
  const { code, remark } = await client.refusal(client.pulling('T1', 1, { group: 'SLOW' }))
  assert.equal(code, 16)
  assert.match(
    remark,
    /^subscription group no permission, SLOW.*disableConsumeIfConsumerReadSlowly.*updateSubGroup -s true/,
  )
  assert.match(
    rig.messages('warn').join(),
    /the group reads .* behind .* consumerFallbehindThreshold \(.*updateSubGroup -s/,
  )

  await enable(client, 'SLOW')
  await rig.clock.advance(lookMs)
  assert.equal(await isEnabled(client, 'SLOW'), true)
  await client.pull('T1', 1, { group: 'SLOW', maxMsgNums: 1 })
  await rig.clock.advance(lookMs)
  assert.equal(await isEnabled(client, 'SLOW'), false)
})

test('nothing is switched off unless the operator wants it, who can say so while the broker runs', async () => {
  const { rig, client } = await stage()
  await using _ = rig
  await client.pull('T1', 0, { group: 'SLOW', maxMsgNums: 1 })
  await rig.clock.advance(2 * lookMs)
  assert.equal(await isEnabled(client, 'SLOW'), true)
  const change = (text: string) => client.ask(updateBrokerConfig, {}, { body: Buffer.from(text) })
  await change('disableConsumeIfConsumerReadSlowly=true\nconsumerFallbehindThreshold=1000000')
  await rig.clock.advance(lookMs)
  assert.equal(await isEnabled(client, 'SLOW'), true)
  await change('consumerFallbehindThreshold=2000')
  await rig.clock.advance(lookMs)
  assert.equal(await isEnabled(client, 'SLOW'), false)
})

test('how far behind a group reads can be seen, in bytes and in milliseconds', async () => {
  const { rig, client } = await stage()
  await using _ = rig
  await rig.clock.advance(5_000)
  await client.pull('T1', 0, { group: 'G', maxMsgNums: 1 })
  const [bytes, ms] = [
    await figure(client, 'GROUP_GET_FALL_SIZE', '0@T1@G'),
    await figure(client, 'GROUP_GET_FALL_TIME', '0@T1@G'),
  ]
  assert.ok(bytes > 9 * 500 && bytes < 9 * 1_000, `${bytes} bytes`)
  assert.ok(ms >= 5_000 && ms < 6_000, `${ms} ms`)
  await client.pull('T1', 1, { group: 'G' })
  assert.equal(await figure(client, 'GROUP_GET_FALL_SIZE', '0@T1@G'), 0)
  for (const key of ['1@T1@G', '0@T2@G', 'T1@G', '@@']) {
    const asked = client.remoting.invoke(client.address, viewBrokerStatsData, {
      statsName: 'GROUP_GET_FALL_SIZE',
      statsKey: key,
    })
    assert.equal((await client.refusal(asked)).code, 1, key)
  }
})
