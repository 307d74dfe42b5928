import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CrashFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'
import { type Half, type Outcome, TestProducer } from './test-producer.ts'

const lives = 4
const perLife = 25
const options = { transactionTimeoutMs: 300, transactionCheckMs: 700, opMessageMs: 400 }

/** What a producer would say of a transaction, whenever it is asked: half are committed. */
const outcomeOf = (body: string): Outcome => (Number(body.slice(1)) % 2 === 0 ? 'commit' : 'rollback')

interface Told {
  /** Half messages that were acknowledged. */
  readonly prepared: Set<string>
  /** Commits that were answered. */
  readonly committed: Set<string>
}

/** Producers at work; some tell their decision, some never do, and all answer when they are asked. Nothing waits for what a dead broker does not answer. */
function work(rig: Rig, producer: TestProducer, random: SeededRandom, life: number, told: Told): void {
  for (let i = 0; i < perLife; i++) {
    const body = `m${life * perLife + i}`
    const tells = random.int(3) > 0
    rig.clock.after(random.int(2_000), () => {
      void one(producer, body, tells, told).catch(() => {
        // The broker died before it answered: nothing is known of this one.
      })
    })
  }
}

async function one(producer: TestProducer, body: string, tells: boolean, told: Told): Promise<void> {
  const { fields } = await producer.sending('T1', body)
  told.prepared.add(body)
  const physicalOffset = Number.parseInt(fields.msgId.slice(-16), 16)
  const half: Half = { halfOffset: fields.queueOffset, physicalOffset, uniqKey: fields.transactionId ?? '' }
  if (!tells) return
  await producer.ending(half, outcomeOf(body))
  if (outcomeOf(body) === 'commit') told.committed.add(body)
}

for (const death of ['kill -9', 'a power cut'] as const) {
  test(`after ${death} at any moment: what was committed is there, what was open is asked about, nothing rolled back is seen`, async () => {
    let seenTwice = 0
    for (let seed = 1; seed <= 6; seed++) {
      const random = new SeededRandom(seed)
      let disk = new CrashFileSystem()
      await using rig = new Rig({ seed, latencyMs: { min: 0, max: 2 } })
      const told: Told = { prepared: new Set(), committed: new Set() }
      const client = rig.client()
      const producer = new TestProducer(rig)
      producer.answer = ({ body }) => outcomeOf(body)
      const store = death === 'kill -9' ? {} : { flushDiskType: 'SYNC_FLUSH' }
      for (let life = 0; life < lives; life++) {
        rig.files = withSlowSyncs(disk, rig.clock, () => random.int(10))
        const broker = await rig.broker(options, store)
        if (life === 0) await client.createTopic('T1')
        for (const body of told.committed)
          assert.ok((await client.bodies('T1')).includes(body), `seed ${seed}: ${body} was committed and is lost`)
        await producer.join()
        work(rig, producer, random, life, told)
        await rig.clock.advance(500 + random.int(2_500))
        await rig.kill(broker)
        disk = death === 'kill -9' ? disk.kill() : disk.crash(new SeededRandom(seed * 100 + life))
      }
      rig.files = disk
      const last = await rig.broker(options, store)
      await producer.join()
      await rig.clock.advance(10_000)
      const bodies = await client.bodies('T1')
      for (const body of told.prepared)
        assert.equal(bodies.includes(body), outcomeOf(body) === 'commit', `seed ${seed}: ${body}`)
      for (const body of bodies) assert.equal(outcomeOf(body), 'commit', `seed ${seed}: ${body} was rolled back`)
      // Only a death between a commit and its mark can have it committed again.
      for (const body of new Set(bodies)) {
        const times = bodies.filter((each) => each === body).length
        assert.ok(times <= 1 + lives, `seed ${seed}: ${body} is there ${times} times`)
        if (times > 1) seenTwice++
      }
      const asked = producer.asked.length
      await rig.clock.advance(10_000)
      assert.equal(producer.asked.length, asked, `seed ${seed}: all is decided`)
      await rig.stop(last)
    }
    assert.ok(seenTwice < 6 * lives * perLife * 0.1, `${seenTwice} messages twice`)
  })
}

test('a clean stop keeps what is decided: nobody is asked again, and nothing is seen twice', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const client = rig.client()
  const producer = new TestProducer(rig)
  producer.answer = ({ body }) => outcomeOf(body)
  const first = await rig.broker(options)
  await client.createTopic('T1')
  await producer.join()
  for (let i = 0; i < 10; i++) {
    const half = await producer.prepare('T1', `m${i}`)
    if (i < 8) await producer.end(half, outcomeOf(`m${i}`))
  }
  await rig.stop(first)
  const second = await rig.broker(options)
  await producer.join()
  await rig.clock.advance(10_000)
  assert.deepEqual(producer.asked.map(({ body }) => body).sort(), ['m8', 'm9'])
  assert.deepEqual(await client.bodies('T1'), ['m0', 'm2', 'm4', 'm6', 'm8'])
  await rig.stop(second)
})
