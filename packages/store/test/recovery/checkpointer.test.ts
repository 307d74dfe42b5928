import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FaultyFileSystem, MemoryFileSystem } from '@cometmq/testkit/sim'
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

it('is written once for the growth of the log, however often something is stored while it is', async () => {
  const memory = new MemoryFileSystem()
  let renames = 0
  const files = new Proxy(new FaultyFileSystem(memory), {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        if (key === 'rename' && String(args[1]) === `${root}/checkpoint`) renames++
        return member.apply(target, args)
      }
    },
  })
  const rig = await Rig.open({ mappedFileSizeCommitLog: 8 * mib, checkpointAfterBytes: mib }, files)
  const before = renames
  await Promise.all(Array.from({ length: 40 }, () => rig.store.put(messageWith({ body }))))
  for (let n = 0; n < 4; n++) await rig.store.put(messageWith({ body: Buffer.from('small') }))
  await rig.clock.settle()
  assert.ok(renames - before <= 2, `${renames - before} checkpoints for 2.5 MiB`)
  await rig.store.close()
})
