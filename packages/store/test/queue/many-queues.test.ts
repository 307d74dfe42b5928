import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CrashFileSystem, FaultyFileSystem, SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import { messageWith, Rig } from '../rig.ts'

it('keeps many queues at the cost of few: one timer, no open file, bounded memory', async () => {
  const rig = await Rig.open({ mappedFileSizeCommitLog: 1024 * 1024, queueWindowsBytes: 64 * 1024, maxOpenFiles: 8 })
  const queues = 1000
  for (let round = 0; round < 3; round++) {
    await Promise.all(
      Array.from({ length: queues }, (_, queueId) =>
        rig.store.put(messageWith({ queueId, body: Buffer.from(`${round}`) })),
      ),
    )
    await rig.clock.advance(1000)
  }
  await rig.clock.advance(200_000)
  assert.equal(rig.clock.pendingTimers, 1, 'an idle store wakes up only to look at the disk')
  assert.ok(rig.store.state.queueWindowBytes <= 64 * 1024 + 320)
  for (const queueId of [0, 500, 999]) assert.deepEqual(await rig.bodies('T', queueId), ['0', '1', '2'])
  await rig.reopen()
  for (const queueId of [0, 500, 999]) assert.deepEqual(await rig.bodies('T', queueId), ['0', '1', '2'])
  assert.equal([...rig.store.queues()].length, queues)
  await rig.store.close()
})

const crowd = 100

async function storeInMany(rig: Rig): Promise<void> {
  await Promise.all(
    Array.from({ length: crowd }, (_, queueId) => rig.store.put(messageWith({ queueId, body: Buffer.from('x') }))),
  )
}

for (const [how, hasDiskSync] of [
  ['together', true],
  ['one by one where the disk cannot be synced as a whole', false],
] as const) {
  it(`makes many queues durable ${how}`, async () => {
    const disk = new CrashFileSystem()
    const files = new FaultyFileSystem(disk)
    if (!hasDiskSync) files.arm({ operation: 'syncDisk', systemCode: 'EIO', times: Number.POSITIVE_INFINITY })
    const rig = await Rig.open({ maxOpenFiles: 8, flushConsumeQueueThoroughInterval: 1000 }, files)
    for (let round = 0; round < 3; round++) {
      await storeInMany(rig)
      await rig.clock.advance(5000)
    }
    const again = new Rig({}, disk.crash(new SeededRandom(1)))
    await again.open()
    for (let queueId = 0; queueId < crowd; queueId++)
      assert.deepEqual(await again.bodies('T', queueId), ['x', 'x', 'x'], `queue ${queueId}`)
    await again.store.close()
  })
}

it('says when one of many queues cannot be written, and goes on when there is room again', async () => {
  const clock = new SimulatedClock()
  const files = new FaultyFileSystem(new CrashFileSystem({ clock }))
  const rig = await Rig.open({ maxOpenFiles: 8 }, files)
  await storeInMany(rig)
  await rig.clock.advance(5000)
  files.arm({ operation: 'write', systemCode: 'ENOSPC', path: /consumequeue/, afterBytes: 7, times: 3 })
  await storeInMany(rig)
  await rig.clock.advance(20_000)
  await rig.reopen()
  for (let queueId = 0; queueId < crowd; queueId++) assert.deepEqual(await rig.bodies('T', queueId), ['x', 'x'])
  files.arm({ operation: 'write', systemCode: 'EIO', path: /consumequeue/ })
  await storeInMany(rig)
  await rig.clock.advance(5000)
  await assert.rejects(rig.store.put(messageWith()), /consume queue/)
  await rig.store.close()
})
