import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FileSystem, Logger } from '@cometmq/platform'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem, SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import type { StoreOptions } from '../../src/index.ts'
import { dyingFiles } from '../dying-files.ts'
import { messageWith, Rig, root } from '../rig.ts'

const hourMs = 3_600_000
const fileBytes = 4096
/** Noon, local time, which is no hour of deleteWhen. */
const noonMs = new Date(2026, 0, 1, 12).getTime()

const put = (rig: Rig, text: string, topic = 'T', queueId = 0) =>
  rig.store.put(messageWith({ body: Buffer.from(text), topic, queueId }))

async function rigAt(
  epochMs: number,
  changes: Partial<StoreOptions> = {},
  wrap: (files: MemoryFileSystem, clock: SimulatedClock) => FileSystem = (files) => files,
  logger?: Logger,
) {
  const clock = new SimulatedClock(epochMs)
  const memory = new MemoryFileSystem({ clock })
  const rig = new (class extends Rig {
    override readonly clock = clock
  })(changes, wrap(memory, clock), logger)
  await clock.until(rig.open())
  return { rig, memory, clock }
}

async function fill(rig: Rig, files: number, topic = 'T'): Promise<void> {
  const start = rig.store.state.writtenOffset
  for (let index = 0; rig.store.state.writtenOffset < start + files * fileBytes; index++)
    await put(rig, `${index}`.padEnd(200), topic)
}

const logFiles = async (files: FileSystem) =>
  (await files.list(`${root}/commitlog`)).map(({ name }) => Number(name)).sort((a, b) => a - b)

describe('files that were kept long enough', () => {
  it('go at the hour of deleteWhen and not before, oldest first, and queues follow', async () => {
    const { rig, clock } = await rigAt(noonMs)
    await fill(rig, 5)
    const before = await rig.readAll()
    await clock.advance(4 * 24 * hourMs - 9 * hourMs)
    assert.equal((await logFiles(rig.files)).length, 6, 'it is three in the morning')
    await clock.advance(2 * hourMs)
    const { minPhysicalOffset, writtenOffset } = rig.store.state
    assert.equal(minPhysicalOffset, 5 * fileBytes, 'only the file that is written to is left')
    assert.ok(writtenOffset >= minPhysicalOffset)
    const minOffset = rig.store.minOffset('T', 0)
    assert.ok(minOffset > 0)
    const tooSmall = await rig.store.get({ topic: 'T', queueId: 0, offset: minOffset - 1, maxMessages: 1 })
    assert.deepEqual([tooSmall.status, tooSmall.nextBeginOffset], ['OFFSET_TOO_SMALL', minOffset])
    assert.deepEqual(await rig.readAll(), before.slice(minOffset))
    await put(rig, 'next')
    assert.equal((await rig.bodies()).at(-1), 'next')
    const names = (await rig.files.list(`${root}/consumequeue/T/0`)).map(({ name }) => Number(name))
    assert.equal(
      Math.min(...names),
      Math.floor((minOffset * 20) / 200) * 200,
      'queue files before the minimum are gone',
    )
    await rig.reopen()
    assert.equal(rig.store.minOffset('T', 0), minOffset)
    assert.deepEqual((await rig.readAll()).slice(0, -1), before.slice(minOffset))
    await rig.store.close()
  })

  it('go by what an administrator has said meanwhile', async () => {
    const { rig, clock } = await rigAt(noonMs)
    await fill(rig, 3)
    await clock.advance(2 * hourMs)
    rig.store.deleteExpiredFiles()
    await clock.advance(120_000)
    assert.equal((await logFiles(rig.files)).length, 4, 'they are kept for 72 hours')
    rig.store.changeRetention({ fileReservedTime: 1 })
    rig.store.deleteExpiredFiles()
    await clock.advance(120_000)
    assert.equal((await logFiles(rig.files)).length, 1)
    await rig.store.close()
  })

  it('go when somebody asks, within twenty rounds', async () => {
    const { rig, clock } = await rigAt(noonMs, { fileReservedTime: 1 })
    await fill(rig, 3)
    rig.store.deleteExpiredFiles()
    await clock.advance(120_000)
    assert.equal((await logFiles(rig.files)).length, 4, 'they are too young')
    await clock.advance(hourMs)
    assert.equal((await logFiles(rig.files)).length, 4, 'the request is forgotten')
    rig.store.deleteExpiredFiles()
    await clock.advance(20_000)
    assert.equal((await logFiles(rig.files)).length, 1)
    await rig.store.close()
  })

  it('go a batch at a time', async () => {
    const { rig, clock } = await rigAt(noonMs, { fileReservedTime: 0, deleteFileBatchMax: 2 })
    await fill(rig, 7)
    rig.store.deleteExpiredFiles()
    await clock.advance(60_000)
    await clock.advance(150)
    assert.equal((await logFiles(rig.files)).length, 6)
    await clock.advance(10_150)
    assert.equal((await logFiles(rig.files)).length, 4)
    await rig.store.close()
  })

  it('a queue all of whose messages are gone goes on counting', async () => {
    const { rig, clock } = await rigAt(noonMs, { fileReservedTime: 0 })
    for (let index = 0; index < 25; index++) await put(rig, 'old', 'OLD')
    await fill(rig, 4)
    rig.store.deleteExpiredFiles()
    await clock.advance(70_000)
    assert.deepEqual([rig.store.minOffset('OLD', 0), rig.store.maxOffset('OLD', 0)], [25, 25])
    assert.deepEqual((await rig.files.list(`${root}/consumequeue/OLD/0`)).length, 1)
    await rig.reopen()
    assert.equal((await put(rig, 'new', 'OLD')).queueOffset, 25)
    assert.deepEqual(await rig.bodies('OLD'), ['new'])
    await rig.store.close()
  })

  it('the file of messages whose units are not durable is kept until they are', async () => {
    const { rig, clock, memory } = await rigAt(noonMs, {
      fileReservedTime: 0,
      deleteWhen: '12',
      cleanResourceInterval: 50,
    })
    await clock.advance(60_000)
    await fill(rig, 4)
    await put(rig, 'only one', 'ONCE')
    await clock.advance(2_000)
    memory.shutDown()
    const next = new Rig(rig.options, new MemoryFileSystem({ disk: memory.disk }))
    await next.open()
    assert.equal(next.store.maxOffset('ONCE', 0), 1)
    assert.ok(next.store.maxOffset('T', 0) > 40, 'the queue has not forgotten how far it was')
    await next.store.close()
  })
})

describe('a disk that fills', () => {
  const capacityBytes = 1024 * 1024

  it('loses its oldest files and goes on taking messages', async () => {
    const clock = new SimulatedClock(noonMs)
    const rig = new (class extends Rig {
      override readonly clock = clock
    })(
      { mappedFileSizeCommitLog: 64 * 1024, mappedFileSizeConsumeQueue: 20_000, chunkBytes: 16 * 1024 },
      new MemoryFileSystem({ clock, capacityBytes }),
    )
    await rig.open()
    let refused = 0
    let corrections = 0
    let read = 0
    let offset = 0
    for (let index = 0; index < 6_000; index++) {
      await put(rig, `${index}`.padEnd(900)).catch(() => refused++)
      if (index % 50 === 0) await clock.advance(1_000)
      if (index % 1_500 !== 0) continue
      for (;;) {
        const result = await rig.store.get({ topic: 'T', queueId: 0, offset, maxMessages: 32 })
        if (result.status === 'OFFSET_TOO_SMALL') corrections++
        for (const record of result.records) assert.ok(record.length > 900)
        read += result.records.length
        if (result.nextBeginOffset === offset) break
        offset = result.nextBeginOffset
      }
    }
    assert.ok(corrections > 2, 'a consumer that comes too late is told where the queue begins')
    assert.ok(refused < 3_000, `${refused} were refused`)
    assert.ok(read > 1_000)
    assert.ok(rig.store.state.minPhysicalOffset > capacityBytes)
    assert.equal(rig.store.state.failure, undefined)
    const kept = await rig.bodies()
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), kept)
    await rig.store.close()
  })
})

describe('a file that cannot be removed', () => {
  it('stays with those behind it, is read, is told of, and is tried again later', async () => {
    const errors: string[] = []
    const logger: Logger = {
      debug() {},
      info() {},
      warn() {},
      error: (_, message) => void errors.push(message),
      child: () => logger,
    }
    let faulty!: FaultyFileSystem
    const { rig, clock } = await rigAt(
      noonMs,
      { fileReservedTime: 0, deleteWhen: '12' },
      (files) => (faulty = new FaultyFileSystem(files)),
      logger,
    )
    await fill(rig, 4)
    const before = await rig.bodies()
    faulty.arm({ operation: 'remove', systemCode: 'EBUSY', path: /commitlog/ })
    await clock.advance(100_000)
    assert.equal((await logFiles(rig.files)).length, 5)
    assert.deepEqual(await rig.bodies(), before)
    assert.deepEqual(errors, ['a file of the commit log could not be removed; those behind it stay until it is'])
    await clock.advance(120_000)
    assert.equal((await logFiles(rig.files)).length, 1)
    await rig.store.close()
  })

  it('of a queue is tried again with the next files of the log', async () => {
    let faulty!: FaultyFileSystem
    const { rig, clock } = await rigAt(
      noonMs,
      { fileReservedTime: 0, deleteWhen: '12' },
      (files) => (faulty = new FaultyFileSystem(files)),
    )
    await fill(rig, 4)
    faulty.arm({ operation: 'remove', systemCode: 'EPERM', path: /consumequeue/ })
    await clock.advance(70_000)
    const names = async () => (await rig.files.list(`${root}/consumequeue/T/0`)).length
    const stuck = await names()
    await fill(rig, 1)
    await clock.advance(20_000)
    assert.ok((await names()) < stuck)
    await rig.store.close()
  })
})

describe('readers of a file that is being removed', () => {
  it('get whole messages, or are told where to go on, and never an error', async () => {
    const { rig, clock } = await rigAt(
      noonMs,
      { fileReservedTime: 0, deleteWhen: '12', deleteCommitLogFilesInterval: 0, tailBytes: 64 * 1024 },
      (files, clock) =>
        new FaultyFileSystem(files, { random: new SeededRandom(1), latency: { clock, minMs: 0, maxMs: 3 } }),
    )
    await clock.until(fill(rig, 20))
    await clock.until(rig.reopen())
    const statuses = new Set<string>()
    await clock.advance(59_000)
    const reading = (async () => {
      for (let round = 0; round < 200; round++) {
        const offset = round % 150
        const result = await rig.store.get({ topic: 'T', queueId: 0, offset, maxMessages: 4 })
        statuses.add(result.status)
        for (const record of result.records) assert.ok(record.length > 200)
        if (result.status === 'OFFSET_TOO_SMALL') assert.equal(result.nextBeginOffset, rig.store.minOffset('T', 0))
      }
    })()
    await clock.until(reading)
    await clock.advance(30_000)
    assert.ok(statuses.has('FOUND'))
    assert.equal((await clock.until(logFiles(rig.files))).length, 1)
    await clock.until(rig.store.close())
  })
})

describe('a process that ends while it removes files', () => {
  it('leaves a log and queues without a gap', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new SeededRandom(seed)
      const clock = new SimulatedClock(noonMs)
      const disk = new CrashFileSystem({ clock })
      const { files, dieAfter } = dyingFiles(disk)
      const rig = new (class extends Rig {
        override readonly clock = clock
      })({ fileReservedTime: 0, deleteWhen: '12' }, files)
      await rig.open()
      await fill(rig, 6)
      await put(rig, 'old', 'OLD')
      await fill(rig, 3)
      await rig.store.sync()
      const { maxOffset } = [...rig.store.queues()].find(({ topic }) => topic === 'T')!
      await clock.advance(59_999)
      dieAfter(1 + random.int(60))
      await clock.advance(random.int(1_500)).catch(() => undefined)
      const survivor = random.chance(0.5) ? disk.kill() : disk.crash(random)
      await clock.settle()
      const next = new Rig(rig.options, survivor)
      await next.open()
      assert.equal(next.store.maxOffset('T', 0), maxOffset, `seed ${seed}`)
      assert.equal(next.store.maxOffset('OLD', 0), 1, `seed ${seed}`)
      const kept = await next.readAll()
      assert.equal(kept.length, maxOffset - next.store.minOffset('T', 0), `seed ${seed}`)
      for (const [index, { queueOffset }] of kept.entries())
        assert.equal(queueOffset, next.store.minOffset('T', 0) + index)
      await next.store.close()
    }
  })
})
