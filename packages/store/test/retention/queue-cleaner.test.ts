import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FileSystem } from '@cometmq/platform'
import { tagsCodeOf } from '@cometmq/protocol/message'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem, SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import type { StoreOptions } from '../../src/index.ts'
import { type DyingFiles, dyingFiles } from '../dying-files.ts'
import { messageWith, Rig, root } from '../rig.ts'

/** Noon, local time; cleaning is always due. */
const noonMs = new Date(2026, 0, 1, 12).getTime()
const batchFileBytes = 46 * 4
const extendedFileBytes = 100
const cleaning: Partial<StoreOptions> = {
  fileReservedTime: 0,
  deleteWhen: '12',
  mapperFileSizeBatchConsumeQueue: batchFileBytes,
  enableConsumeQueueExt: true,
  mappedFileSizeConsumeQueueExt: extendedFileBytes,
}
const isEven = (code: number) => code === tagsCodeOf('even')

async function opened(changes: Partial<StoreOptions> = {}, files?: (clock: SimulatedClock) => FileSystem) {
  const clock = new SimulatedClock(noonMs)
  const rig = new (class extends Rig {
    override readonly clock = clock
  })({ ...cleaning, ...changes }, files?.(clock) ?? new MemoryFileSystem({ clock }))
  await rig.open()
  return rig
}

const putBatch = (rig: Rig, count: number, queueId = 0) => {
  const inner = { sysFlag: 0xc0, properties: `INNER_NUM\u0001${count}\u0002` }
  return rig.store.put(messageWith({ topic: 'B', queueId, ...inner, body: Buffer.alloc(100, `${count}`) }))
}

/** Messages to a batch queue of two each, and to one with extended units, in turn. */
async function fill(rig: Rig, messages: number, from = 0): Promise<void> {
  for (let n = from; n < from + messages; n++) {
    await putBatch(rig, 2)
    const properties = `TAGS\u0001${n % 2 === 0 ? 'even' : 'odd'}\u0002`
    await rig.store.put(messageWith({ properties, body: Buffer.from(`${n}`) }))
  }
}

const names = async (files: FileSystem, folder: string) =>
  (await files.list(`${root}/${folder}`)).map(({ name }) => Number(name)).sort((a, b) => a - b)

const evenOf = async (rig: Rig) =>
  (await rig.readAll('T', 0, { matchesTag: isEven })).map(({ body }) => Number(body.toString()))

/** Base offsets of the records of the batch queue. */
async function basesOf(rig: Rig): Promise<number[]> {
  const { store } = rig
  const bases: number[] = []
  for (let offset = store.minOffset('B', 0); offset < store.maxOffset('B', 0); ) {
    const { records, nextBeginOffset, status } = await store.get({ topic: 'B', queueId: 0, offset, maxMessages: 5 })
    assert.equal(status, 'FOUND')
    for (const record of records) bases.push(Number(record.readBigInt64BE(20)))
    offset = nextBeginOffset
  }
  return bases
}

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step)

describe('batch queues and extended units', () => {
  it('follow the log while the store runs, all but their last files', async () => {
    const rig = await opened()
    await fill(rig, 100)
    await rig.clock.advance(70_000)
    const minBatch = rig.store.minOffset('B', 0)
    const min = rig.store.minOffset('T', 0)
    assert.ok(minBatch > 100 && min > 50, `${minBatch}, ${min}`)
    assert.equal((await names(rig.files, 'batchconsumequeue/B/0'))[0], Math.floor(minBatch / 2 / 4) * batchFileBytes)
    assert.equal((await names(rig.files, 'consumequeue_ext/T/0'))[0], Math.floor(min / 4) * extendedFileBytes)
    assert.deepEqual(await basesOf(rig), range(minBatch, 200, 2))
    const tooSmall = await rig.store.get({ topic: 'B', queueId: 0, offset: minBatch - 1, maxMessages: 1 })
    assert.deepEqual([tooSmall.status, tooSmall.nextBeginOffset], ['OFFSET_TOO_SMALL', minBatch])
    for (const step of ['running', 'closed', 'killed']) {
      if (step === 'closed') await rig.reopen()
      if (step === 'killed') await rig.kill()
      assert.deepEqual([rig.store.minOffset('B', 0), rig.store.minOffset('T', 0)], [minBatch, min], step)
      assert.deepEqual(await basesOf(rig), range(minBatch, 200, 2), step)
      assert.deepEqual(
        await evenOf(rig),
        range(0, 100, 2).filter((n) => n >= min),
        step,
      )
    }
    await rig.store.close()
  })

  it('all of whose messages are gone go on counting, until they are removed as expired', async () => {
    const rig = await opened()
    await fill(rig, 10)
    for (let n = 0; n < 100; n++) await rig.store.put(messageWith({ topic: 'OTHER', body: Buffer.alloc(200) }))
    await rig.clock.advance(70_000)
    const ranges = () => [...rig.store.queues()].filter(({ topic }) => topic !== 'OTHER')
    const expected = { B: [20, 20], T: [10, 10] }
    for (const life of ['first', 'second']) {
      const found = Object.fromEntries(
        ranges().map(({ topic, minOffset, maxOffset }) => [topic, [minOffset, maxOffset]]),
      )
      assert.deepEqual(found, expected, life)
      assert.equal((await names(rig.files, 'batchconsumequeue/B/0')).length, 1)
      assert.equal((await names(rig.files, 'consumequeue_ext/T/0')).length, 1)
      if (life === 'first') await rig.reopen()
    }
    assert.equal((await putBatch(rig, 3)).queueOffset, 20)
    await fill(rig, 1, 10)
    assert.deepEqual(await basesOf(rig), [20, 23])
    assert.deepEqual(await evenOf(rig), [10])
    assert.equal(await rig.clock.until(rig.store.removeExpiredQueues(() => true)), 0)
    for (let n = 0; n < 100; n++) await rig.store.put(messageWith({ topic: 'OTHER', body: Buffer.alloc(200) }))
    await rig.clock.advance(70_000)
    assert.equal(await rig.clock.until(rig.store.removeExpiredQueues(() => true)), 2)
    assert.deepEqual(ranges(), [])
    assert.deepEqual(await rig.files.list(`${root}/batchconsumequeue`), [])
    assert.equal((await putBatch(rig, 3)).queueOffset, 0)
    await rig.store.close()
  })

  it('lose a file that could not be removed with the next files of the log', async () => {
    let faulty!: FaultyFileSystem
    const rig = await opened({}, (clock) => (faulty = new FaultyFileSystem(new MemoryFileSystem({ clock }))))
    await fill(rig, 60)
    faulty.arm({ operation: 'remove', systemCode: 'EPERM', path: /batchconsumequeue/ })
    await rig.clock.advance(70_000)
    assert.equal((await names(rig.files, 'batchconsumequeue/B/0'))[0], 0)
    await fill(rig, 60, 60)
    await rig.clock.advance(20_000)
    const min = rig.store.minOffset('B', 0)
    assert.equal((await names(rig.files, 'batchconsumequeue/B/0'))[0], Math.floor(min / 2 / 4) * batchFileBytes)
    assert.deepEqual(await basesOf(rig), range(min, 240, 2))
    await rig.store.close()
  })

  it('count for the share of the disk that a store may take', async () => {
    const capacityBytes = 16 * 1024 * 1024
    const large = 5 * 1024 * 1024
    for (const [changes, isCleaned] of [
      [{ replicasPerDiskPartition: 2 }, false],
      [{ replicasPerDiskPartition: 2, mapperFileSizeBatchConsumeQueue: large - (large % 46) }, false],
      [{ replicasPerDiskPartition: 3, mapperFileSizeBatchConsumeQueue: large - (large % 46) }, true],
      [{ replicasPerDiskPartition: 3, mappedFileSizeConsumeQueueExt: large }, true],
    ] as const) {
      const files = (clock: SimulatedClock) => new MemoryFileSystem({ clock, capacityBytes })
      const rig = await opened({ deleteWhen: '03', ...changes }, files)
      await fill(rig, 40)
      await rig.clock.advance(70_000)
      assert.equal((await names(rig.files, 'commitlog')).length === 1, isCleaned, JSON.stringify(changes))
      await rig.store.close()
    }
  })
})

describe('a process that ends while batch and extended files are removed', () => {
  it('leaves queues without a gap', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new SeededRandom(seed)
      let disk!: CrashFileSystem
      let dying!: DyingFiles
      const rig = await opened({}, (clock) => {
        disk = new CrashFileSystem({ clock })
        dying = dyingFiles(disk)
        return dying.files
      })
      await fill(rig, 80)
      await rig.store.sync()
      await rig.clock.advance(59_999)
      dying.dieAfter(1 + random.int(100))
      await rig.clock.advance(random.int(1_500)).catch(() => undefined)
      const survivor = random.chance(0.5) ? disk.kill() : disk.crash(random)
      await rig.clock.settle()
      const next = new Rig(rig.options, survivor)
      await next.open()
      const { store } = next
      assert.deepEqual([store.maxOffset('B', 0), store.maxOffset('T', 0)], [160, 80], `seed ${seed}`)
      assert.deepEqual(await basesOf(next), range(store.minOffset('B', 0), 160, 2), `seed ${seed}`)
      assert.deepEqual(
        await evenOf(next),
        range(0, 80, 2).filter((n) => n >= store.minOffset('T', 0)),
        `seed ${seed}`,
      )
      for (const folder of ['batchconsumequeue/B/0', 'consumequeue_ext/T/0']) {
        const starts = await names(survivor, folder)
        const bytes = folder.startsWith('batch') ? batchFileBytes : extendedFileBytes
        assert.deepEqual(starts, range(starts[0]!, starts[0]! + starts.length * bytes, bytes), `seed ${seed}`)
      }
      await store.close()
    }
  })
})
