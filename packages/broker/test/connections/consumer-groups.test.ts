import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame, isResponse } from '@cometmq/protocol'
import { heartbeatData } from '@cometmq/protocol/bodies'
import { getConsumerListByGroup } from '@cometmq/protocol/commands'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

async function group(members: number, options: { latencyMs?: { min: number; max: number } } = {}) {
  const rig = new Rig(options)
  const broker = await rig.broker()
  const clients = Array.from({ length: members }, (_, i) => rig.client(`10.0.1.${i}`))
  for (const client of clients) await client.join('CG', ['T1'])
  await rig.clock.advance(50)
  for (const client of clients) client.notices.length = 0
  return { rig, broker, clients }
}

const noticesOf = (clients: TestClient[]) => clients.map(({ notices }) => notices.map((notice) => notice.group))

test('the list of a group names each member, and an unknown group is refused', async () => {
  const { rig, clients } = await group(3)
  await using _ = rig
  assert.deepEqual(
    (await clients[0]!.members('CG')).sort(),
    clients.map(({ clientId }) => clientId),
  )
  const asked = clients[0]!.remoting.invoke(clients[0]!.address, getConsumerListByGroup, { consumerGroup: 'NONE' })
  const { code, remark } = await clients[0]!.refusal(asked)
  assert.equal(code, 1)
  assert.match(remark, /^no consumer for this group, NONE/)
})

test('who joins is told to all at once, himself among them, before his heartbeat is answered', async () => {
  const { rig, clients } = await group(2)
  await using _ = rig
  const newcomer = rig.client('10.0.2.1')
  const peer = await rig.clock.until(newcomer.connectRaw())
  const body = heartbeatData.encode(newcomer.heartbeat('CG', ['T1']))
  await rig.clock.until(peer.ask(encodeFrame({ code: 34, flag: 0, opaque: 1, ext: {} }, 'json', body)))
  assert.deepEqual(
    peer.received.map((frame) => (isResponse(frame) ? 'answer' : frame.code)),
    [40, 'answer'],
  )
  assert.equal(peer.received[0]!.ext?.consumerGroup, 'CG')
  await rig.clock.advance(20)
  assert.deepEqual(noticesOf(clients), [['CG'], ['CG']])
})

test('who leaves, in good order or not, is told to the others as fast as the network is', async () => {
  const { rig, clients } = await group(3, { latencyMs: { min: 2, max: 2 } })
  await using _ = rig
  const [first, second, third] = clients as [TestClient, TestClient, TestClient]
  const leftAtMs = rig.clock.monotonicMs()
  await third.leave('CG')
  await rig.clock.advance(5)
  assert.deepEqual(noticesOf(clients), [['CG'], ['CG'], []])
  assert.equal(first.notices[0]!.atMs - leftAtMs, 4)
  await second.disconnect()
  await rig.clock.advance(20)
  assert.deepEqual(noticesOf([first]), [['CG', 'CG']])
  assert.deepEqual(await first.members('CG'), [first.clientId])
})

test('a client whose machine is gone is forgotten after 120 s without a heartbeat, and the others are told', async () => {
  const { rig, clients } = await group(2)
  await using _ = rig
  const [alive, gone] = clients as [TestClient, TestClient]
  rig.network.partition('10.0.0.1', '10.0.1.1')
  const startMs = rig.clock.monotonicMs()
  for (let i = 0; i < 5; i++) {
    await rig.clock.advance(29_000)
    await alive.join('CG', ['T1'])
    if (alive.notices.length > 0) break
    assert.equal((await alive.members('CG')).length, 2)
  }
  const tookMs = alive.notices[0]!.atMs - startMs
  assert.ok(tookMs > 115_000 && tookMs < 135_000, `${tookMs} ms`)
  assert.deepEqual(await alive.members('CG'), [alive.clientId])
  assert.equal(gone.notices.length, 0)
})

test('heartbeats that change nothing are told to nobody; another subscription is', async () => {
  const { rig, clients } = await group(2)
  await using _ = rig
  await clients[0]!.join('CG', ['T1'])
  await clients[0]!.join('CG', ['T1'], { subscriptions: { T1: { version: 99 } } })
  await rig.clock.advance(20)
  assert.deepEqual(noticesOf(clients), [[], []])
  await clients[0]!.join('CG', ['T1', 'T2'])
  await rig.clock.advance(20)
  assert.deepEqual(noticesOf(clients), [['CG'], ['CG']])
})

test('members of a broadcasting group are told nothing', async () => {
  await using rig = new Rig()
  await rig.broker()
  const clients = [rig.client('10.0.1.1'), rig.client('10.0.1.2')]
  for (const client of clients) await client.join('CB', ['T1'], { messageModel: 'BROADCASTING' })
  await clients[1]!.leave('CB')
  await rig.clock.advance(100)
  assert.deepEqual(noticesOf(clients), [[], []])
})

test('without realTimeNotifyConsumerChange groups are told together, after 15 s', async () => {
  await using rig = new Rig()
  await rig.broker({ notifyConsumerChange: false })
  const clients = [rig.client('10.0.1.1'), rig.client('10.0.1.2')]
  for (const client of clients) await client.join('CG', ['T1'])
  await rig.clock.advance(14_000)
  assert.deepEqual(noticesOf(clients), [[], []])
  await rig.clock.advance(1_500)
  assert.deepEqual(noticesOf(clients), [['CG'], ['CG']])
})

test('a subscription is replaced by a newer one only, and one that is left out is gone', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (const tag of ['A', 'B']) await client.send('T1', tag, { properties: `TAGS\u0001${tag}\u0002` })
  await client.send('T2', 'x')
  const pulled = async () =>
    (await client.pull('T1', 0, { expression: undefined })).messages.map(({ body }) => body.toString())
  await client.join('CG', ['T1', 'T2'], { subscriptions: { T1: { expression: 'A', version: 5 } } })
  assert.deepEqual(await pulled(), ['A'])
  await client.join('CG', ['T1', 'T2'], { subscriptions: { T1: { expression: 'B', version: 5 } } })
  assert.deepEqual(await pulled(), ['A'])
  await client.join('CG', ['T1'], { subscriptions: { T1: { expression: 'B', version: 6 } } })
  assert.deepEqual(await pulled(), ['B'])
  assert.equal((await client.refusal(client.pulling('T2', 0, { expression: undefined }))).code, 24)
})
