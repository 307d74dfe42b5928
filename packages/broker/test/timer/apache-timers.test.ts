import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { FileSystem } from '@cometmq/platform'
import { propertyOf } from '@cometmq/protocol/message'
import { unpackFixture } from '../../../../conformance/disk/unpack.ts'
import { Rig } from '../rig.ts'
// Loaded before: the broker loads it with its first timer, which takes time that the simulated clock does not know of.
import '../../src/timer/timer-delivery.ts'

const sizes = {
  storeHost: { host: '127.0.0.1', port: 18_411 },
  mappedFileSizeCommitLog: 65_536,
  mappedFileSizeConsumeQueue: 2_000,
  maxHashSlotNum: 100,
  maxIndexNum: 400,
}
const topic = 'ExchangeT'

async function copy(from: string, to: string, files: FileSystem): Promise<void> {
  await files.makeDirectory(to)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), `${to}/${entry.name}`]
    if (entry.isDirectory()) await copy(source, target, files)
    else {
      const file = await files.open(target, { create: true })
      await file.write(await readFile(source), 0)
      await file.close()
    }
  }
}

test('the timers of an Apache broker come once, at the times that were asked for; what was taken back does not', async () => {
  const store = await unpackFixture('5.5.0-timers')
  // `config/timercheck` begins with the second up to which Apache had delivered.
  const checkpoint = await readFile(join(store, 'config/timercheck'))
  const epochMs = Number(checkpoint.readBigInt64BE(0)) + 1_500
  await using rig = new Rig({ epochMs, latencyMs: { min: 0, max: 0 } })
  await copy(store, '/data/store', rig.files)
  await rm(dirname(store), { recursive: true })
  await rig.broker({ timerLogFileBytes: 5_216 }, sizes)
  const client = rig.client()
  const read = async () => {
    const found: { body: string; lateMs: number }[] = []
    for (let queueId = 0; queueId < 4; queueId++) {
      for (const { body, properties, storeTimestamp } of (await client.pull(topic, 0, { queueId })).messages) {
        const due = propertyOf(properties, 'TIMER_DELIVER_MS')
        if (due !== undefined) found.push({ body: body.toString(), lateMs: storeTimestamp - Number(due) })
      }
    }
    return found.sort((a, b) => a.body.localeCompare(b.body))
  }
  assert.deepEqual(
    (await read()).map(({ body }) => body),
    ['f 1000'],
  )
  await rig.clock.advance(3_700_000)
  assert.deepEqual(
    (await read()).map(({ body }) => body),
    ['f 1000', 'f 3600123', 'f 3600500', 'f 3601000'],
  )
  // What waits longer than two days is appended again before. Days pass at once, and that is noticed within a minute.
  for (const afterMs of [90_000_000, 172_800_000, 199_800_000]) {
    rig.clock.setTimeOfDay(epochMs + afterMs)
    await rig.clock.advance(300_000)
  }
  const all = await read()
  const wanted = ['f 1000', 'f 172900000', 'f 200000000', 'f 3600123', 'f 3600500', 'f 3601000', 'f 7200001']
  assert.deepEqual(
    all.map(({ body }) => body),
    wanted,
  )
  for (const { body, lateMs } of all) {
    // The first is Apache's delivery, and one was due when the clock was set.
    if (body === 'f 1000' || body === 'f 7200001') continue
    assert.ok(lateMs >= 0 && lateMs <= 20, `${body} is ${lateMs} ms late`)
  }
})
