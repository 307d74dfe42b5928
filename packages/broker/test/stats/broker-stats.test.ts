import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewBrokerStatsData } from '@cometmq/protocol/commands/admin'
import { TestPopper } from '../pop/test-popper.ts'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const view = async (client: TestClient, statsName: string, statsKey: string) =>
  (await client.ask(viewBrokerStatsData, { statsName, statsKey })).body

async function missing(client: TestClient, statsName: string, statsKey: string): Promise<string> {
  const asked = client.remoting.invoke(client.address, viewBrokerStatsData, { statsName, statsKey })
  const { code, remark } = await client.refusal(asked)
  assert.equal(code, 1)
  return remark
}

test('sends, reads and returns are counted by topic and group, over minute, hour and day', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  await client.createTopic('quiet')
  await rig.clock.advance(11_000)
  for (let i = 0; i < 30; i++) await client.send('T1', 'x', { queueId: i % 2 })
  const { messages } = await client.pull('T1', 0, { group: 'CG' })
  await client.sendBack('CG', messages[0]!)
  await rig.clock.advance(10_000)
  const put = await view(client, 'TOPIC_PUT_NUMS', 'T1')
  assert.equal(put.statsMinute.sum, 30)
  assert.ok(put.statsMinute.tps > 1 && put.statsMinute.tps <= 3, `${put.statsMinute.tps} a second`)
  const got = await view(client, 'GROUP_GET_NUMS', 'T1@CG')
  assert.deepEqual([got.statsMinute.sum, got.statsMinute.avgpt], [15, 15])
  assert.equal((await view(client, 'SNDBCK_PUT_NUMS', 'T1@CG')).statsMinute.sum, 1)
  const all = await view(client, 'BROKER_PUT_NUMS', 'DefaultCluster')
  assert.equal(all.statsMinute.sum, 31)
  assert.match(await missing(client, 'TOPIC_PUT_NUMS', 'quiet'), /^The stats <TOPIC_PUT_NUMS> <quiet> not exist/)
  assert.match(await missing(client, 'NO_SUCH', 'T1'), /^The stats <NO_SUCH> <T1> not exist/)

  await rig.clock.advance(600_000)
  const later = await view(client, 'TOPIC_PUT_NUMS', 'T1')
  assert.deepEqual([later.statsMinute.sum, later.statsHour.sum, later.statsDay.sum], [0, 30, 0])
  await rig.clock.advance(3_000_000)
  assert.equal((await view(client, 'TOPIC_PUT_NUMS', 'T1')).statsDay.sum, 30)
})

test('what was there before the broker started is no traffic, and a topic made again counts anew', async () => {
  await using rig = new Rig()
  const first = await rig.broker()
  const sender = rig.client()
  await sender.createTopic('T1')
  for (let i = 0; i < 5; i++) await sender.send('T1', 'x')
  await rig.stop(first)
  await sender.disconnect()
  await rig.broker()
  const client = rig.client('10.0.0.3')
  await rig.clock.advance(11_000)
  assert.match(await missing(client, 'TOPIC_PUT_NUMS', 'T1'), /not exist/)
  await client.send('T1', 'x')
  await rig.clock.advance(11_000)
  assert.equal((await view(client, 'TOPIC_PUT_NUMS', 'T1')).statsMinute.sum, 1)
  await client.deleteTopic('T1')
  await rig.clock.advance(11_000)
  assert.match(await missing(client, 'TOPIC_PUT_NUMS', 'T1'), /not exist/)
  await client.createTopic('T1')
  for (let i = 0; i < 3; i++) await client.send('T1', 'x')
  await rig.clock.advance(11_000)
  assert.equal((await view(client, 'TOPIC_PUT_NUMS', 'T1')).statsMinute.sum, 3)
})

test('what is popped and acknowledged is counted by topic and group', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  for (let i = 0; i < 6; i++) await client.send('T1', 'x')
  const popper = new TestPopper(client, 'PG')
  const first = await popper.pop('T1', { max: 4 })
  await popper.pop('T1', { max: 2 })
  await popper.ack(first.messages[0]!)
  await popper.ack(first.messages[1]!)
  await rig.clock.advance(11_000)
  const sum = async (name: string, key: string) => (await view(client, name, key)).statsMinute.sum
  assert.deepEqual([await sum('GROUP_CK_NUMS', 'T1@PG'), await sum('GROUP_ACK_NUMS', 'T1@PG')], [2, 2])
  assert.deepEqual([await sum('GROUP_GET_NUMS', 'T1@PG'), await sum('BROKER_CK_NUMS', 'DefaultCluster')], [6, 2])
  await rig.clock.advance(10_000)
  assert.equal(await sum('BROKER_ACK_NUMS', 'DefaultCluster'), 2)
  await missing(client, 'GROUP_ACK_NUMS', 'T1@NONE')
})
