import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FaultyFileSystem, MemoryFileSystem } from '@cometmq/testkit/sim'
import { decodeCheckpoint } from '../../src/format/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

const mib = 1024 * 1024
const body = Buffer.alloc(64 * 1024, 'x')
/** Within it units get into their files. */
const passMs = 250

/** Files in memory that tell what is done with them. */
function watched(onCall: (operation: string, args: readonly unknown[]) => void): FaultyFileSystem {
  return new Proxy(new FaultyFileSystem(new MemoryFileSystem()), {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        onCall(String(key), args)
        return member.apply(target, args)
      }
    },
  })
}

async function checkpointOf(rig: Rig) {
  return decodeCheckpoint(await rig.files.readFile(`${root}/checkpoint`))!
}

it('is written when the log has grown by so much, without waiting for the interval, and then vouches for the log', async () => {
  const rig = await Rig.open({ mappedFileSizeCommitLog: 8 * mib, checkpointAfterBytes: mib })
  for (let n = 0; n < 16; n++) await rig.store.put(messageWith({ body }))
  await rig.clock.advance(passMs)
  assert.equal((await checkpointOf(rig)).logicsPhysicalOffset, 0, 'not before')
  for (let n = 0; n < 2; n++) await rig.store.put(messageWith({ body }))
  await rig.clock.advance(passMs)
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
  let renames = 0
  const files = watched((operation, args) => {
    if (operation === 'rename' && args[1] === `${root}/checkpoint`) renames++
  })
  const rig = await Rig.open({ mappedFileSizeCommitLog: 8 * mib, checkpointAfterBytes: mib }, files)
  const before = renames
  await Promise.all(Array.from({ length: 40 }, () => rig.store.put(messageWith({ body }))))
  for (let n = 0; n < 4; n++) await rig.store.put(messageWith({ body: Buffer.from('small') }))
  await rig.clock.advance(passMs)
  assert.ok(renames > before && renames - before <= 2, `${renames - before} checkpoints for 2.5 MiB`)
  await rig.store.close()
})

it('follows a pass over the queues that comes anyway, and asks for none', async () => {
  const queues = 40
  let writes = 0
  const files = watched((operation, args) => {
    if (operation === 'writeNow' && String(args[0]).includes('/consumequeue/')) writes++
  })
  const rig = await Rig.open({ mappedFileSizeCommitLog: 16 * mib, checkpointAfterBytes: mib, maxOpenFiles: 8 }, files)
  for (let n = 0; n < 3 * queues; n++) await rig.store.put(messageWith({ queueId: n % queues, body }))
  await rig.clock.advance(passMs)
  assert.equal(writes, queues, 'one write for all units of a queue')
  assert.ok((await checkpointOf(rig)).logicsPhysicalOffset >= 7 * mib)
  await rig.store.close()
})
