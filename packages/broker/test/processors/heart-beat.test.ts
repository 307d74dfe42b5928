import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askRaw } from '../raw-peer.ts'
import { Rig } from '../rig.ts'

test('heartbeats of version 1 are answered as an Apache broker answers them', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (let i = 0; i < 2; i++) {
    assert.deepEqual({ ...(await client.join('CG', ['T1'])) }, { isSupportHeartBeatV2: true, isSubChange: true })
  }
})

test('a heartbeat of version 2 says whether the fingerprint differs from the one before', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const change = async (fingerprint: number, withoutSub = false) =>
    (await client.join('CG', ['T1'], { fingerprint, withoutSub })).isSubChange
  assert.equal(await change(11), false)
  assert.equal(await change(11, true), false)
  assert.equal(await change(12), true)
  assert.equal(await change(12), false)
  // One of version 1 counts as another fingerprint: who speaks version 2 must tell its subscriptions again.
  await client.join('CG', ['T1'])
  assert.equal(await change(12, true), true)
})

test('a heartbeat without subscriptions leaves them as they are', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.join('CG', ['T1'], { fingerprint: 5 })
  await client.join('CG', ['T1'], { fingerprint: 5, withoutSub: true })
  assert.equal((await client.pull('T1', 0, { expression: undefined })).code, 0)
})

test('a short heartbeat to a broker that has forgotten the group asks for the subscriptions', async () => {
  await using rig = new Rig()
  const first = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.join('CG', ['T1'], { fingerprint: 5 })
  await rig.stop(first)
  await rig.broker()
  const short = await client.join('CG', ['T1'], { fingerprint: 5, withoutSub: true })
  assert.equal(short.isSubChange, true)
  const full = await client.join('CG', ['T1'], { fingerprint: 5 })
  assert.equal(full.isSubChange, false)
  assert.equal((await client.pull('T1', 0, { expression: undefined })).code, 0)
})

test('the retry topic of a group is made with its first heartbeat, durable before the answer', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('ORDERED', { order: true })
  await client.join('CG', ['T1'])
  await client.join('CU', ['T1'], { unitMode: true })
  await client.join('CO', ['T1', 'ORDERED'])
  const shape = (name: string) => {
    const { readQueueNums, writeQueueNums, perm, topicSysFlag, order } = broker.topics.get(name)!
    return [readQueueNums, writeQueueNums, perm, topicSysFlag, order]
  }
  assert.deepEqual(shape('%RETRY%CG'), [1, 1, 6, 0, false])
  assert.deepEqual(shape('%RETRY%CU'), [1, 1, 6, 2, false])
  assert.deepEqual(shape('%RETRY%CO'), [1, 1, 6, 0, true])
})

test('without auto-creation of groups an unknown group is passed over in silence', async () => {
  await using rig = new Rig()
  const broker = await rig.broker({ autoCreateGroup: false })
  const client = rig.client()
  assert.equal((await client.join('CG', ['T1'])).isSubChange, true)
  assert.equal(broker.topics.get('%RETRY%CG'), undefined)
  await assert.rejects(client.members('CG'), /no consumer for this group/)
})

test('a heartbeat without a body, or with another than JSON, is refused and disturbs nobody', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  for (const body of ['', '{', '[]', 'null', '{"clientID":1,"consumerDataSet":{}}'])
    assert.equal((await askRaw(client, 34, {}, Buffer.from(body))).code, 1, body)
  assert.equal((await askRaw(client, 34, {}, Buffer.from('{"clientID":"c@1"}'))).code, 0)
})
