import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RequestInputOf, responseCode } from '@cometmq/protocol'
import { queryMessage } from '@cometmq/protocol/commands'
import { decodeRecord } from '@cometmq/protocol/message'
import { CrashFileSystem } from '@cometmq/testkit/sim'
import { brokerAddress, Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const smallIndex = { maxHashSlotNum: 100, maxIndexNum: 400 }
const propertiesOf = (entries: Record<string, string>) =>
  Object.entries(entries)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('')

type Request = Partial<RequestInputOf<typeof queryMessage>>

const asking = (client: TestClient, key: string, request: Request) =>
  client.remoting.invoke(brokerAddress, queryMessage, {
    ...{ topic: 'T1', key, maxNum: 64, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER },
    ...request,
  })

async function query(client: TestClient, key: string, request: Request = {}) {
  const { fields, body } = await client.clock.until(asking(client, key, request))
  const bodies: string[] = []
  for (let at = 0; at < body.length; ) {
    const message = decodeRecord(body, at)
    bodies.push(message.body.toString())
    at += message.size
  }
  return { fields, bodies }
}

async function clientWith(rig: Rig, count: number, propertiesAt: (n: number) => Record<string, string>) {
  await rig.broker({}, smallIndex)
  const client = rig.client()
  for (let n = 0; n < count; n++) await client.send('T1', `m${n}`, { properties: propertiesOf(propertiesAt(n)) })
  return client
}

test('messages are found by key, by unique key and by tag', async () => {
  const tags = ['A', 'B']
  await using rig = new Rig()
  const client = await clientWith(rig, 6, (n) => ({ UNIQ_KEY: `U${n}`, KEYS: `same k${n}`, TAGS: tags[n % 2]! }))
  assert.deepEqual((await query(client, 'same')).bodies, ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
  assert.deepEqual((await query(client, 'k3', { indexType: 'K' })).bodies, ['m3'])
  assert.deepEqual((await query(client, 'A', { indexType: 'T' })).bodies, ['m0', 'm2', 'm4'])
  assert.deepEqual((await query(client, 'U3', { indexType: 'U' })).bodies, ['m3'])
  assert.deepEqual((await query(client, 'U3', { isUniqueKey: true, indexType: 'T' })).bodies, ['m3'])
  assert.deepEqual((await query(client, 'U3', { lastKey: '1@T1@K@U3@U3@5' })).bodies, ['m3'])
})

test('the answer says how far the index is', async () => {
  await using rig = new Rig()
  const client = await clientWith(rig, 2, (n) => ({ KEYS: `k${n}` }))
  const before = await query(client, 'k0')
  assert.ok(before.fields.indexLastUpdatePhyoffset > 0)
  await rig.clock.advance(5_000)
  await client.send('T1', 'later', { properties: propertiesOf({ KEYS: 'k2' }) })
  const { indexLastUpdateTimestamp, indexLastUpdatePhyoffset } = (await query(client, 'k0')).fields
  assert.ok(indexLastUpdateTimestamp >= before.fields.indexLastUpdateTimestamp + 5_000)
  assert.ok(indexLastUpdatePhyoffset > before.fields.indexLastUpdatePhyoffset)
})

test('no more are answered than asked for, 64 at most, and 32 by unique key whatever is asked for', async () => {
  await using rig = new Rig()
  const client = await clientWith(rig, 80, () => ({ UNIQ_KEY: 'U', KEYS: 'same' }))
  assert.deepEqual((await query(client, 'same', { maxNum: 2 })).bodies, ['m78', 'm79'])
  assert.equal((await query(client, 'same', { maxNum: 1_000 })).bodies.length, 64)
  assert.equal((await query(client, 'U', { maxNum: 1, isUniqueKey: true })).bodies.length, 32)
  assert.equal((await query(client, 'U', { maxNum: 50, indexType: 'U' })).bodies.length, 50)
})

test('what is not found is refused with the code and the words of RocketMQ, and what was looked for', async () => {
  await using rig = new Rig()
  const client = await clientWith(rig, 1, () => ({ UNIQ_KEY: 'U', KEYS: 'k', TAGS: 'A' }))
  const absent: [string, Request][] = [
    ['none', {}],
    ['A', { indexType: 'K' }],
    ['k', { indexType: 'T' }],
    ['k', { topic: 'T2' }],
    ['k', { endTimestamp: 1 }],
    ['k', { beginTimestamp: rig.clock.now() + 1 }],
    ['k', { maxNum: 0 }],
    ['k', { maxNum: -1 }],
  ]
  for (const [key, request] of absent) {
    const { code, remark } = await client.refusal(asking(client, key, request))
    assert.equal(code, responseCode.QUERY_NOT_FOUND, JSON.stringify(request))
    assert.match(remark, new RegExp(`^can not find message, maybe time range not correct: .* "${key}" stored from`))
  }
})

test('keys are found again after the broker was killed and started', async () => {
  let files = new CrashFileSystem()
  await using rig = new Rig({ files })
  const broker = await rig.broker({}, smallIndex)
  const first = rig.client()
  for (let n = 0; n < 5; n++) await first.send('T1', `m${n}`, { properties: propertiesOf({ KEYS: `k${n}` }) })
  files = files.kill()
  await rig.kill(broker)
  rig.files = files
  await rig.broker({}, smallIndex)
  const client = rig.client('10.0.0.3')
  for (let n = 0; n < 5; n++) assert.deepEqual((await query(client, `k${n}`)).bodies, [`m${n}`])
})
