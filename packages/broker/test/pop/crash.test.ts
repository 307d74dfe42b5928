import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CrashFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'
import type { TestClient } from '../test-client.ts'
import { TestPopper } from './test-popper.ts'

const lives = 4
const perLife = 40
const invisibleMs = 2_000

/** What clients were told by brokers before these died. */
interface Told {
  readonly sent: Set<string>
  readonly acknowledged: Set<string>
  /** Acknowledgements that were sent and not answered: either may be true. */
  readonly unsure: Set<string>
}

function work(rig: Rig, client: TestClient, popper: TestPopper, random: SeededRandom, life: number, told: Told): void {
  const ignoreDeath = () => {
    // The broker died before it answered: nothing is known of this one.
  }
  for (let i = 0; i < perLife; i++) {
    const body = `m${life * perLife + i}`
    rig.clock.after(random.int(3_000), () => {
      void client
        .sending('T', body, { queueId: random.int(2) })
        .then(() => told.sent.add(body))
        .catch(ignoreDeath)
    })
    rig.clock.after(random.int(4_000), () => {
      void consume(popper, random, told).catch(ignoreDeath)
    })
  }
}

async function consume(popper: TestPopper, random: SeededRandom, told: Told): Promise<void> {
  const { messages } = await popper.popping('T', { max: 4, invisibleMs, pollMs: 500 })
  for (const message of messages) {
    const { body } = message
    assert.ok(!told.acknowledged.has(body), `${body} was acknowledged and comes again`)
    if (random.int(3) === 0) continue
    told.unsure.add(body)
    await popper.acknowledging(message)
    told.acknowledged.add(body)
  }
}

/** Pops and acknowledges until nothing comes any more. */
async function drain(rig: Rig, popper: TestPopper): Promise<string[]> {
  const bodies: string[] = []
  for (let quiet = 0; quiet < 3; ) {
    const { messages } = await popper.pop('T', { invisibleMs: 60_000, pollMs: 1_500 })
    for (const message of messages) {
      bodies.push(message.body)
      await popper.ack(message)
    }
    quiet = messages.length > 0 ? 0 : quiet + 1
  }
  await rig.clock.advance(60_000)
  return bodies
}

for (const death of ['kill -9', 'a power cut'] as const) {
  test(`after ${death} at any moment: what was not acknowledged comes again, and what was does not`, async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const random = new SeededRandom(seed)
      let disk = new CrashFileSystem()
      await using rig = new Rig({ seed, latencyMs: { min: 0, max: 2 } })
      const told: Told = { sent: new Set(), acknowledged: new Set(), unsure: new Set() }
      const client = rig.client()
      const popper = new TestPopper(rig.client('10.0.0.3'))
      const store = death === 'kill -9' ? {} : { flushDiskType: 'SYNC_FLUSH' }
      for (let life = 0; life < lives; life++) {
        rig.files = withSlowSyncs(disk, rig.clock, () => random.int(10))
        const broker = await rig.broker({}, store)
        if (life === 0) await client.createTopic('T', { queues: 2 })
        work(rig, client, popper, random, life, told)
        await rig.clock.advance(500 + random.int(6_000))
        await rig.kill(broker)
        disk = death === 'kill -9' ? disk.kill() : disk.crash(new SeededRandom(seed * 100 + life))
      }
      rig.files = disk
      const last = await rig.broker({}, store)
      const bodies = await drain(rig, popper)
      for (const body of told.sent) {
        const isDone = told.acknowledged.has(body)
        assert.equal(
          !isDone && !told.unsure.has(body) && !bodies.includes(body),
          false,
          `seed ${seed}: ${body} is lost`,
        )
        assert.ok(!isDone || !bodies.includes(body), `seed ${seed}: ${body} was acknowledged and comes again`)
      }
      assert.deepEqual(rig.messages('error'), [])
      await rig.stop(last)
    }
  })
}

test('a clean stop between pop and acknowledgement: the handle is good with the next broker', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const first = await rig.broker()
  const client = rig.client()
  const popper = new TestPopper(client)
  await client.createTopic('T')
  await client.send('T', 'acknowledged')
  await client.send('T', 'not')
  const { messages } = await popper.pop('T', { invisibleMs: 20_000 })
  await rig.stop(first)
  const second = await rig.broker()
  await popper.ack(messages[0]!)
  await rig.clock.advance(20_000)
  assert.deepEqual(await popper.bodies('T'), ['not'])
  await rig.stop(second)
})

test('what was popped comes again though nobody asks the next broker for anything before', async () => {
  const disk = new CrashFileSystem()
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 }, files: disk })
  const first = await rig.broker()
  const client = rig.client()
  const popper = new TestPopper(client)
  await client.createTopic('T')
  await client.send('T', 'm')
  await popper.pop('T', { invisibleMs: 20_000 })
  await rig.kill(first)
  rig.files = disk.kill()
  const second = await rig.broker()
  await rig.clock.advance(20_010)
  assert.deepEqual(await client.bodies('%RETRY%PG_T'), ['m'])
  await rig.stop(second)
})
