import assert from 'node:assert/strict'
import { it } from 'node:test'
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
