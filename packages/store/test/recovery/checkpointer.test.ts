import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decodeCheckpoint } from '../../src/format/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

const mib = 1024 * 1024
const body = Buffer.alloc(64 * 1024, 'x')

async function checkpointOf(rig: Rig) {
  return decodeCheckpoint(await rig.files.readFile(`${root}/checkpoint`))!
}

it('is written when the log has grown by so much, without waiting for the interval, and then vouches for the log', async () => {
  const rig = await Rig.open({ mappedFileSizeCommitLog: 8 * mib, checkpointAfterBytes: mib })
  for (let n = 0; n < 16; n++) await rig.store.put(messageWith({ body }))
  await rig.clock.settle()
  assert.equal((await checkpointOf(rig)).logicsPhysicalOffset, 0, 'not before')
  for (let n = 0; n < 2; n++) await rig.store.put(messageWith({ body }))
  await rig.clock.settle()
  const { logicsPhysicalOffset, durableLogOffset } = await checkpointOf(rig)
  assert.ok(logicsPhysicalOffset >= mib)
  assert.equal(durableLogOffset, logicsPhysicalOffset)
  assert.ok(rig.store.state.flushedOffset > logicsPhysicalOffset)
  await rig.store.close()
})

it('after a crash the store is open before what recovery made is durable, and the checkpoint follows', async () => {
  const rig = await Rig.open({ mappedFileSizeCommitLog: 8 * mib })
  for (let n = 0; n < 10; n++) await rig.store.put(messageWith({ queueId: n }))
  await rig.kill()
  assert.equal((await checkpointOf(rig)).logicsPhysicalOffset, 0)
  await rig.clock.advance(1_000)
  assert.ok((await checkpointOf(rig)).logicsPhysicalOffset > 0)
  await rig.clock.advance(60_000)
  assert.equal(rig.clock.pendingTimers, 2, 'they look at the disk, that of the killed process too')
  await rig.store.close()
})
