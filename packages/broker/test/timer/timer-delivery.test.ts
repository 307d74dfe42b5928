import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recallMessage } from '@cometmq/protocol/commands'
import { decodeProperties, systemTopics } from '@cometmq/protocol/message'
import { StoreError } from '@cometmq/store'
import { CrashFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { configDirectory, Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'
import type { TestClient } from '../test-client.ts'
import { TestProducer } from '../transactions/test-producer.ts'
// Loaded before: the broker loads it with its first timer, which takes time that the simulated clock does not know of.
import '../../src/timer/timer-delivery.ts'

const properties = (named: Record<string, number | string>) =>
  Object.entries(named)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('')

async function rigWithTopic(options: Parameters<Rig['broker']>[0] = {}) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker(options)
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  return { rig, broker, client }
}

const delayed = (client: TestClient, body: string, delayMs: number) =>
  client.send('T1', body, { properties: properties({ TIMER_DELAY_MS: delayMs }) })

test('a timer comes at its millisecond, and not before, with all that it had', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const asked = properties({ TAGS: 'A', own: 'x', TIMER_DELAY_MS: 2_345 })
  const sentMs = rig.clock.now()
  const sent = await client.send('T1', 'later', { queueId: 1, flag: 3, properties: asked })
  assert.equal(sent.queueId, 1)
  await rig.clock.advance(sentMs + 2_344 - rig.clock.now())
  assert.deepEqual(await client.bodies('T1', 1), [])
  await rig.clock.advance(5)
  const [message] = (await client.pull('T1', 0, { queueId: 1, expression: 'A' })).messages
  assert.equal(message!.body.toString(), 'later')
  assert.ok(message!.storeTimestamp >= sentMs + 2_345, `stored at ${message!.storeTimestamp - sentMs}`)
  assert.equal(message!.flag, 3)
  assert.equal(message!.bornHost.host, '10.0.0.2')
  const found = Object.fromEntries(decodeProperties(message!.properties))
  assert.equal(found.TIMER_OUT_MS, String(sentMs + 2_345))
  assert.ok(Number(found.TIMER_DEQUEUE_MS) >= sentMs + 2_345)
  assert.deepEqual(
    [found.own, found.TAGS, found.TIMER_DELAY_MS, found.REAL_TOPIC, found.REAL_QID, found.UNIQ_KEY],
    ['x', 'A', '2345', 'T1', '1', sent.transactionId],
  )
})

test('timers of all kinds come in the order of their times', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const now = rig.clock.now()
  await client.send('T1', 'sec', { properties: properties({ TIMER_DELAY_SEC: 3 }) })
  await client.send('T1', 'at', { properties: properties({ TIMER_DELIVER_MS: now + 1_500 }) })
  for (const delayMs of [4_000, 10, 700, 2_999, 1, 60_000]) await delayed(client, `${delayMs}`, delayMs)
  await rig.clock.advance(5_000)
  assert.deepEqual(await client.bodies('T1'), ['1', '10', '700', 'at', '2999', 'sec', '4000'])
  await rig.clock.advance(56_000)
  assert.equal((await client.bodies('T1')).at(-1), '60000')
})

test('many timers at random times: none early, none late, each once', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const due = new Map<string, number>()
  for (let i = 0; i < 400; i++) {
    const delayMs = 1 + rig.random.int(8_000)
    due.set(`m${i}`, rig.clock.now() + delayMs)
    await delayed(client, `m${i}`, delayMs)
    if (i % 10 === 0) await rig.clock.advance(rig.random.int(60))
  }
  await rig.clock.advance(9_000)
  const seen: string[] = []
  for (let offset = 0; offset < 400; ) {
    const pulled = await client.pull('T1', offset)
    assert.equal(pulled.code, 0, `${offset} came`)
    for (const { body, storeTimestamp } of pulled.messages) {
      const lateMs = storeTimestamp - due.get(body.toString())!
      assert.ok(lateMs >= 0 && lateMs <= 10, `${body} is ${lateMs} ms late`)
      seen.push(body.toString())
    }
    offset = pulled.fields.nextBeginOffset
  }
  assert.equal(new Set(seen).size, 400)
})

test('a restart loses none and doubles none, and what was due meanwhile comes at once', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  for (const delayMs of [500, 1_200, 1_300, 3_000, 9_000, 600_000]) await delayed(client, `${delayMs}`, delayMs)
  await rig.clock.advance(1_250)
  await rig.stop(broker)
  await rig.clock.advance(4_000)
  const second = await rig.broker()
  await rig.clock.advance(300)
  assert.deepEqual(await client.bodies('T1'), ['500', '1200', '1300', '3000'])
  await rig.clock.advance(5_000)
  await rig.stop(second)
  await rig.broker()
  await rig.clock.advance(600_000)
  assert.deepEqual(await client.bodies('T1'), ['500', '1200', '1300', '3000', '9000', '600000'])
  assert.deepEqual(rig.messages('error'), [])
})

test('a recalled message does not come, others of its second do, also after a restart', async () => {
  const { rig, broker, client } = await rigWithTopic({ recall: true })
  await using _ = rig
  const one = await delayed(client, 'one', 5_400)
  await delayed(client, 'two', 5_400)
  const three = await delayed(client, 'three', 1_500)
  const recall = (handle: string | undefined) =>
    client.ask(recallMessage, { producerGroup: 'PG', topic: 'T1', recallHandle: handle! })
  assert.equal((await recall(one.recallHandle)).fields.msgId, one.transactionId)
  await recall(three.recallHandle)
  await rig.stop(broker)
  await rig.broker({ recall: true })
  await rig.clock.advance(7_000)
  assert.deepEqual(await client.bodies('T1'), ['two'])
  assert.equal(Buffer.from(one.recallHandle!, 'base64url').toString().split(' ')[1], 'T1')
})

test('a message that waits long is appended again, and comes once at its time', async () => {
  const { rig, broker, client } = await rigWithTopic({ timerRollWindowSec: 60 })
  await using _ = rig
  await delayed(client, 'far', 250_123)
  await rig.clock.advance(250_100)
  assert.deepEqual(await client.bodies('T1'), [])
  assert.ok(broker.store.maxOffset(systemTopics.TIMER_WHEEL, 0) >= 4)
  await rig.clock.advance(50)
  assert.deepEqual(await client.bodies('T1'), ['far'])
})

test('after kill -9 at any moment each comes once', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const disk = new CrashFileSystem()
    await using rig = new Rig({ seed, latencyMs: { min: 0, max: 0 }, files: disk })
    let files = disk
    let broker = await rig.broker()
    const client = rig.client()
    await client.createTopic('T1')
    const bodies: string[] = []
    for (let i = 0; i < 120; i++) {
      bodies.push(`m${i}`)
      await delayed(client, `m${i}`, 1 + rig.random.int(4_000))
    }
    for (let kill = 0; kill < 4; kill++) {
      await rig.clock.advance(rig.random.int(1_800))
      await rig.kill(broker)
      rig.files = files = files.kill()
      broker = await rig.broker()
    }
    await rig.clock.advance(6_000)
    assert.deepEqual((await client.bodies('T1')).sort(), bodies.sort(), `seed ${seed}`)
  }
})

test('after power cuts each that was acknowledged comes once', async () => {
  for (let seed = 1; seed <= 6; seed++) {
    let disk = new CrashFileSystem()
    await using rig = new Rig({ seed, latencyMs: { min: 0, max: 0 } })
    const random = rig.random.fork()
    const start = () => {
      rig.files = withSlowSyncs(disk, rig.clock, () => random.int(40))
      return rig.broker({}, { flushDiskType: 'SYNC_FLUSH' })
    }
    let broker = await start()
    const client = rig.client()
    await client.createTopic('T1')
    const bodies: string[] = []
    for (let i = 0; i < 40; i++) {
      bodies.push(`m${i}`)
      await delayed(client, `m${i}`, 1 + rig.random.int(5_000))
    }
    for (let cut = 0; cut < 3; cut++) {
      await rig.clock.advance(rig.random.int(2_000))
      disk = disk.crash(new SeededRandom(seed + cut))
      await rig.kill(broker)
      broker = await start()
    }
    await rig.clock.advance(7_000)
    assert.deepEqual((await client.bodies('T1')).sort(), bodies.sort(), `seed ${seed}`)
  }
})

test('a transaction with a time of its own waits for it from its commit on', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const producer = new TestProducer(rig)
  await producer.join()
  const half = await producer.prepare('T1', 'paid', { TIMER_DELAY_MS: '2500' })
  await rig.clock.advance(3_000)
  await producer.end(half, 'commit')
  await rig.clock.advance(2_400)
  assert.deepEqual(await client.bodies('T1'), [])
  await rig.clock.advance(150)
  assert.deepEqual(await client.bodies('T1'), ['paid'])
})

test('a second takes so many messages, and then refuses', async () => {
  const { rig, client } = await rigWithTopic({ timersPerSecond: 3 })
  await using _ = rig
  const dueMs = rig.clock.now() + 5_000
  const at = (ms: number) => ({ properties: properties({ TIMER_DELIVER_MS: ms }) })
  for (let i = 0; i < 3; i++) await client.send('T1', `${i}`, at(dueMs + i))
  // The queue is read every 5 ms.
  await rig.clock.advance(5)
  const refused = await client.refusal(client.sending('T1', 'more', at(dueMs)))
  assert.equal(refused.code, 1)
  assert.match(refused.remark, /flow control.*timerCongestNumEachSlot/)
  await client.send('T1', 'next second', at(dueMs + 1_000))
})

test('a delivery that the disk has no room for comes when there is room', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  await delayed(client, 'later', 1_500)
  await rig.clock.advance(100)
  const put = broker.store.put.bind(broker.store)
  let refused = 0
  broker.store.put = (message) => {
    if (message.topic !== 'T1' || refused++ > 9) return put(message)
    return Promise.reject(new StoreError('STORE_DISK_FULL', 'the disk is full'))
  }
  await rig.clock.advance(1_900)
  assert.deepEqual(await client.bodies('T1'), [])
  await rig.clock.advance(1_500)
  assert.deepEqual(await client.bodies('T1'), ['later'])
  assert.equal(rig.messages('warn').filter((message) => message.includes('timers that are due')).length, 1)
})

test('a message without room for what a delivery adds comes without that', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const long = { TIMER_DELAY_MS: 500, long: 'x'.repeat(32_520) }
  await client.send('T1', 'full', { properties: properties(long) })
  await rig.clock.advance(1_000)
  assert.deepEqual(await client.bodies('T1'), ['full'])
})

test('timers of a broker that was down for long come at once, and new ones among them in time', async () => {
  const { rig, broker, client } = await rigWithTopic()
  await using _ = rig
  for (let i = 0; i < 30; i++) await delayed(client, `old ${i}`, 1_000 + i * 700)
  await rig.stop(broker)
  await rig.clock.advance(3 * 86_400_000)
  await rig.broker()
  await delayed(client, 'new', 300)
  await rig.clock.advance(400)
  const bodies = await client.bodies('T1')
  assert.deepEqual(bodies, [...Array.from({ length: 30 }, (_, i) => `old ${i}`), 'new'])
})

test('a broker that never had a timer has no files of them', async () => {
  const { rig, broker } = await rigWithTopic()
  await using _ = rig
  await rig.stop(broker)
  assert.equal(await rig.files.stat('/data/store/timerwheel'), undefined)
  assert.equal(await rig.files.stat(`${configDirectory}/timercheck`), undefined)
})
