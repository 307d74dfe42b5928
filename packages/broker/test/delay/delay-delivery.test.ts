import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { delayOffsetsFile } from '@cometmq/protocol/bodies'
import { decodeProperties, systemTopics } from '@cometmq/protocol/message'
import { CrashFileSystem, FaultyFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { configDirectory, Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'
import type { TestClient } from '../test-client.ts'

const level = (value: number | string) => `DELAY\u0001${value}\u0002`
const path = `${configDirectory}/delayOffset.json`
const textOf = (messages: { body: Buffer }[]) => messages.map(({ body }) => body.toString())

async function rigWithTopic() {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  return { rig, broker, client }
}

test('a delayed message is not there before its time and is there at it, with all that it had', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const properties = `TAGS\u0001A\u0002own\u0001x\u0002${level(2)}`
  const sent = await client.send('T1', 'later', { queueId: 1, flag: 3, properties })
  assert.equal(sent.queueId, 1)
  await rig.clock.advance(4_999)
  assert.deepEqual(await client.bodies('T1', 1), [])
  await rig.clock.advance(1)
  const [message] = (await client.pull('T1', 0, { queueId: 1, expression: 'A' })).messages
  assert.equal(message!.body.toString(), 'later')
  assert.equal(message!.flag, 3)
  assert.equal(message!.bornHost.host, '10.0.0.2')
  const found = Object.fromEntries(decodeProperties(message!.properties))
  assert.deepEqual(
    [found.own, found.TAGS, found.DELAY, found.REAL_TOPIC, found.REAL_QID, found.UNIQ_KEY],
    ['x', 'A', '2', 'T1', '1', sent.transactionId],
  )
})

test('the delivery wakes who waits, in its tick', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const pull = client.pulling('T1', 0, { holdMs: 15_000 })
  await client.send('T1', 'later', { properties: level(1) })
  const sentAtMs = rig.clock.monotonicMs()
  await rig.clock.until(pull)
  assert.equal(rig.clock.monotonicMs() - sentAtMs, 1_000)
})

test('messages of a level come in their order, each at its own time; levels do not wait for each other', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  await client.send('T1', '10 s', { properties: level(3) })
  for (let i = 0; i < 50; i++) {
    await client.send('T1', `5 s, ${i}`, { properties: level(2) })
    await rig.clock.advance(10)
  }
  await client.send('T1', '1 s', { properties: level(1) })
  await rig.clock.advance(1_000)
  assert.deepEqual(await client.bodies('T1'), ['1 s'])
  await rig.clock.advance(3_750)
  const early = await client.bodies('T1')
  assert.ok(early.length > 1 && early.length < 51, `${early.length} messages`)
  await rig.clock.advance(10_000)
  assert.deepEqual(await client.bodies('T1'), ['1 s', ...Array.from({ length: 50 }, (_, i) => `5 s, ${i}`), '10 s'])
})

test('a level above the highest is the highest, and levels can be set', async () => {
  await using rig = new Rig()
  await rig.broker({ delayLevels: '1s 3s' }, { messageDelayLevel: '1s 3s' })
  const client = rig.client()
  await client.send('T1', 'later', { properties: level(99) })
  await rig.clock.advance(2_900)
  assert.deepEqual(await client.bodies('T1'), [])
  await rig.clock.advance(200)
  assert.deepEqual(await client.bodies('T1'), ['later'])
})

test('a restart forgets no message and delivers none twice', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  for (const [body, delay] of [
    ['one', 1],
    ['two', 2],
    ['three', 3],
  ] as const)
    await client.send('T1', body, { properties: level(delay) })
  await rig.clock.advance(1_500)
  await rig.stop(broker)
  await rig.clock.advance(7_000)
  await rig.broker()
  await rig.clock.advance(100)
  assert.deepEqual(await client.bodies('T1'), ['one', 'two'])
  await rig.clock.advance(2_000)
  assert.deepEqual(await client.bodies('T1'), ['one', 'two', 'three'])
})

test('a clock that is set does not make messages wait for ever', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const now = rig.clock.now()
  await client.send('T1', 'a', { properties: level(5) })
  rig.clock.setTimeOfDay(now + 3_600_000)
  await rig.clock.advance(60_000)
  assert.deepEqual(await client.bodies('T1'), ['a'])
  await client.send('T1', 'b', { properties: level(2) })
  rig.clock.setTimeOfDay(now - 86_400_000)
  await rig.clock.advance(10_000)
  assert.deepEqual(await client.bodies('T1'), ['a', 'b'])
})

test('an offset on disk behind the end of the queue does not swallow the next messages', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  await client.send('T1', 'first', { properties: level(1) })
  await rig.clock.advance(2_000)
  await rig.stop(broker)
  const file = await rig.files.open(path, { create: true })
  await file.truncate(0)
  const offsets = { dataVersion: { counter: 1, stateVersion: 0, timestamp: 1 }, offsetTable: new Map([[1, 7]]) }
  await file.write(delayOffsetsFile.encode(offsets), 0)
  await file.close()
  await rig.broker()
  await client.send('T1', 'second', { properties: level(1) })
  await rig.clock.advance(2_000)
  assert.deepEqual(await client.bodies('T1'), ['first', 'second'])
})

test('a half message that another broker has delayed is discarded, and does not hold up the others', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  const half = {
    topic: systemTopics.SCHEDULE,
    queueId: 0,
    properties: `${level(1)}REAL_TOPIC\u0001${systemTopics.TRANS_HALF}\u0002REAL_QID\u00010\u0002`,
    body: Buffer.from('half'),
    flag: 0,
    sysFlag: 0,
    bornTimestamp: rig.clock.now(),
    bornHost: { host: '10.0.0.2', port: 1 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    waitStored: true,
  }
  await rig.clock.until(broker.store.put(half))
  await client.send('T1', 'next', { properties: level(1) })
  await rig.clock.advance(1_500)
  assert.deepEqual(await client.bodies('T1'), ['next'])
  assert.equal(broker.store.maxOffset(systemTopics.TRANS_HALF, 0), 0)
  assert.equal(rig.messages('error').length, 1)
})

test('what another broker keeps in the file besides, and of levels that are not set here, stays', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  await rig.stop(broker)
  const file = await rig.files.open(path, { create: true })
  await file.truncate(0)
  await file.write(Buffer.from('{"dataVersion":{"counter":4},"offsetTable":{2:0,30:5},"ofTomorrow":{"a":1}}'), 0)
  await file.close()
  const again = await rig.broker()
  await client.send('T1', 'x', { properties: level(1) })
  await rig.clock.advance(2_000)
  await rig.stop(again)
  const { offsetTable, dataVersion, ...others } = delayOffsetsFile.decode(await rig.files.readFile(path))
  assert.deepEqual([...offsetTable].sort(([a], [b]) => a - b), [[1, 1], [2, 0], [30, 5]]) // biome-ignore format: one line
  assert.equal(dataVersion!.counter, 5)
  assert.deepEqual(others, { ofTomorrow: { a: 1 } })
})

test('after a power cut every acknowledged delayed message comes, at least once and not early', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const disk = new CrashFileSystem()
    await using rig = new Rig({ seed, latencyMs: { min: 0, max: 1 } })
    const random = rig.random.fork()
    rig.files = withSlowSyncs(disk, rig.clock, () => random.int(60))
    const broker = await rig.broker({}, { flushDiskType: 'SYNC_FLUSH' })
    const client = rig.client()
    await client.createTopic('T1')
    const sending = Array.from({ length: 40 }, (_, i) => sendIn(rig, client, i * 250))
    const acknowledged: string[] = []
    for (const send of sending)
      void send.then(
        (body) => acknowledged.push(body),
        () => {},
      )
    await rig.clock.advance(10_000 + rig.random.int(1_500))
    await rig.kill(broker).then(() => {})
    rig.files = disk.crash(new SeededRandom(seed))
    await rig.broker()
    await rig.clock.advance(5_000)
    const delivered = new Set(await client.bodies('T1'))
    for (const body of acknowledged) assert.ok(delivered.has(body), `seed ${seed}: ${body} was lost`)
    const { messages } = await client.pull('T1', 0)
    for (const { storeTimestamp, bornTimestamp } of messages) assert.ok(storeTimestamp - bornTimestamp >= 1_000)
  }
})

test('an offset on disk is never ahead of the deliveries on disk, though messages are delivered while the log is synced', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const disk = new CrashFileSystem()
    await using rig = new Rig({ seed, latencyMs: { min: 0, max: 0 } })
    const random = rig.random.fork()
    rig.files = withSlowSyncs(disk, rig.clock, () => 20 + random.int(40))
    const broker = await rig.broker()
    const client = rig.client()
    await client.createTopic('T1')
    // They fall due around the time at which the offsets are saved, every 10 s.
    const startMs = rig.clock.monotonicMs()
    await rig.clock.advance(9_600)
    const bodies = Array.from({ length: 150 }, (_, i) => `m${i}`)
    for (const body of bodies) {
      await client.send('T1', body, { properties: level(3) })
      await rig.clock.advance(4)
    }
    await rig.clock.advance(startMs + 19_950 + rig.random.int(200) - rig.clock.monotonicMs())
    rig.files = disk.crash(new SeededRandom(seed))
    await rig.kill(broker)
    await rig.broker()
    await rig.clock.advance(12_000)
    const delivered = new Set(await client.bodies('T1'))
    for (const body of bodies) assert.ok(delivered.has(body), `seed ${seed}: ${body} was lost`)
  }
})

async function sendIn(rig: Rig, client: TestClient, delayMs: number): Promise<string> {
  await new Promise<void>((resolve) => rig.clock.after(delayMs, resolve))
  const body = `at ${delayMs}`
  await client.sending('T1', body, { properties: `WAIT\u0001true\u0002${level(1)}` })
  return body
}

test('a delivery that fails is tried again and is not lost', async () => {
  await using rig = new Rig()
  const files = new FaultyFileSystem(rig.files)
  rig.files = files
  await rig.broker({}, { tailBytes: 65_536, chunkBytes: 256 })
  const client = rig.client()
  await client.createTopic('T1')
  await client.send('T1', 'later', { properties: level(1) })
  files.arm({ operation: 'write', systemCode: 'EIO', path: /delayOffset/ })
  await rig.clock.advance(20_000)
  assert.deepEqual(await client.bodies('T1'), ['later'])
  assert.ok(rig.messages('error').some((message) => message.includes('offsets of delayed messages')))
  await rig.clock.advance(20_000)
  assert.equal(delayOffsetsFile.decode(await rig.files.readFile(path)).offsetTable.get(1), 1)
})

test('a delayed message that does not say where it belongs is skipped and named, and the next comes', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  await client.send('T1', 'ours', { properties: level(2) })
  await broker.store.put({
    topic: 'SCHEDULE_TOPIC_XXXX',
    queueId: 1,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1,
    bornHost: { host: '10.0.0.9', port: 1 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    properties: level(2),
    body: Buffer.from('stray'),
    waitStored: true,
  })
  await client.send('T1', 'ours too', { properties: level(2) })
  await rig.clock.advance(6_000)
  assert.deepEqual(await client.bodies('T1'), ['ours', 'ours too'])
  assert.ok(rig.messages('error').some((message) => message.includes('does not say where it belongs')))
  assert.deepEqual(textOf((await client.pull('T1', 0)).messages), ['ours', 'ours too'])
})

test('a level with many waiting messages costs no more than one with ten: one look at the first of them, and one timer', async () => {
  const looks: number[] = []
  for (const count of [10, 3_000]) {
    const { rig, broker, client } = await rigWithTopic()
    await using _ = rig
    const get = mock.method(broker.store, 'get')
    const timersBefore = rig.clock.pendingTimers
    const sends = Array.from({ length: count }, (_, i) => client.send('T1', `${i}`, { properties: level(18) }))
    await Promise.all(sends)
    await rig.clock.advance(30 * 60_000)
    looks.push(get.mock.calls.filter(({ arguments: [request] }) => request?.topic === systemTopics.SCHEDULE).length)
    assert.ok(rig.clock.pendingTimers <= timersBefore + 2)
    await rig.clock.advance(90 * 60_000)
    assert.equal((await client.bodies('T1')).length > 0, true)
  }
  assert.equal(looks[0], looks[1])
})
