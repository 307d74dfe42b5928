/** What can have happened to a store, one test for each. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { CrashFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { decodeCheckpoint, emptyCheckpoint, encodeCheckpoint, unitBytes, writeUnit } from '../../src/format/index.ts'
import { MessageStore } from '../../src/index.ts'
import { dyingFiles } from '../dying-files.ts'
import { messageWith, optionsWith, Rig, root } from '../rig.ts'
import { resize, write } from '../tamper.ts'

const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`)
const fileBytes = 4096
const logFile = (start: number, folder = root) => `${folder}/commitlog/${String(start).padStart(20, '0')}`
const queueFile = (start: number) => `${root}/consumequeue/T/0/${String(start).padStart(20, '0')}`

async function put(store: MessageStore, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await store.put(messageWith({ body: Buffer.from(body) }))
}

/** A store whose process is killed with all messages acknowledged, and `before` of them before its checkpoint. */
async function killed({ before = 40 } = {}): Promise<Rig> {
  const rig = await Rig.open({}, new CrashFileSystem())
  await put(rig.store, texts.slice(0, before))
  await rig.clock.advance(61_000)
  await put(rig.store, texts.slice(before))
  rig.files = (rig.files as CrashFileSystem).kill()
  await rig.clock.settle()
  return rig
}

/** Where the log of a store that nobody has open ends. */
async function endOf(rig: Rig): Promise<{ end: number; last: number }> {
  const copy = new Rig({}, rig.files)
  const store = await copy.open()
  const end = store.state.appendedOffset
  const messages = await copy.readAll()
  await store.close()
  await write(rig.files, `${root}/abort`, 0, Buffer.from('1'))
  return { end, last: messages.at(-1)!.physicalOffset }
}

const fileOf = (position: number) => position - (position % fileBytes)

/** All messages are there, and the store goes on where they end. */
async function checkAll(rig: Rig, expected: readonly string[] = texts): Promise<void> {
  await rig.open()
  assert.deepEqual(await rig.bodies(), expected)
  await put(rig.store, ['after'])
  await rig.reopen()
  assert.deepEqual(await rig.bodies(), [...expected, 'after'])
  await rig.store.close()
}

describe('recovery', () => {
  it('after a clean end reads the last record only', async () => {
    const rig = await Rig.open()
    await put(rig.store, texts)
    await rig.store.close()
    const records: unknown[] = []
    const logger = { ...silentLogger, debug: (details: unknown) => void records.push(details) }
    const store = await MessageStore.open(rig.options, { files: rig.files, clock: rig.clock, logger, pid: 1 })
    assert.equal((records.at(-1) as { records: number }).records, 1)
    await store.close()
    await checkAll(rig)
  })

  it('after kill -9 finds every acknowledged message, and reads from the checkpoint on', async () => {
    const rig = await killed({ before: 40 })
    const infos: { from: number; records: number }[] = []
    const logger = { ...silentLogger, info: (details: object) => void infos.push(details as (typeof infos)[0]) }
    const { clock, files } = rig
    const store = await MessageStore.open(rig.options, { files, clock, logger, pid: 1 })
    const { from, records } = infos.at(-1)!
    assert.equal(records, 61, 'the record that the checkpoint names, and those after it')
    assert.ok(from % fileBytes !== 0, 'in the middle of a file')
    await store.close()
    await checkAll(rig)
  })

  it('a torn last record ends the log before it', async () => {
    const rig = await killed()
    const { end, last } = await endOf(rig)
    const start = fileOf(last)
    await write(rig.files, logFile(start), last - start + 60, Buffer.alloc(end - last - 60))
    await write(rig.files, `${root}/checkpoint`, 0, encodeCheckpoint(emptyCheckpoint()))
    await checkAll(rig, texts.slice(0, -1))
  })

  it('torn queue units are made again', async () => {
    const rig = await killed({ before: 40 })
    await write(rig.files, queueFile(800), 7, Buffer.alloc(193, 0xee))
    await checkAll(rig)
  })

  it('lost writes of queues that were not synced are made again', async () => {
    const rig = await killed({ before: 40 })
    for (const { name } of await rig.files.list(`${root}/consumequeue/T/0`)) {
      if (Number(name) >= 1000) await rig.files.remove(queueFile(Number(name)))
    }
    await write(rig.files, queueFile(800), 20, Buffer.alloc(180))
    await checkAll(rig)
  })

  it('lost writes of the log that were not synced end it there, in every order of the disk', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const rig = await Rig.open({ flushIntervalCommitLog: 1_000_000 }, new CrashFileSystem())
      await put(rig.store, texts.slice(0, 30))
      await rig.store.sync()
      await put(rig.store, texts.slice(30, 60))
      rig.files = (rig.files as CrashFileSystem).crash(new SeededRandom(seed))
      await rig.clock.settle()
      await rig.open()
      const bodies = await rig.bodies()
      assert.ok(bodies.length >= 30, `seed ${seed}: what was synced is there`)
      assert.deepEqual(bodies, texts.slice(0, bodies.length), `seed ${seed}`)
      await rig.store.close()
    }
  })

  it('a missing checkpoint costs a walk over the log and no message', async () => {
    const rig = await killed()
    await rig.files.remove(`${root}/checkpoint`)
    await checkAll(rig)
  })

  it('garbage behind the tail, of the log and of a queue, is never read', async () => {
    const rig = await killed()
    const { end } = await endOf(rig)
    const record = (await rig.files.readFile(logFile(0))).subarray(0, 104)
    await write(rig.files, logFile(fileOf(end)), end % fileBytes, record)
    await write(
      rig.files,
      logFile(fileOf(end)),
      (end % fileBytes) + 104,
      Buffer.alloc(fileBytes - (end % fileBytes) - 104, 0xaa),
    )
    const units = Buffer.alloc(3 * unitBytes)
    for (const at of [0, 20, 40]) writeUnit(units, at, end + at, 104, 0)
    await write(rig.files, queueFile(2000), 0, units)
    await resize(rig.files, queueFile(2000), 200)
    await checkAll(rig)
  })

  for (const [name, length] of [
    ['that is empty', 0],
    ['of full length', fileBytes],
  ] as const) {
    it(`a half-created next file ${name} is removed`, async () => {
      const rig = await killed()
      const names = (await rig.files.list(`${root}/commitlog`)).map((file) => Number(file.name))
      const next = logFile(Math.max(...names) + fileBytes)
      await resize(rig.files, next, length)
      await checkAll(rig)
    })
  }

  describe('of a log cut in the middle', () => {
    it('refuses a missing file, says what would be lost and what helps, and changes nothing', async () => {
      const rig = await killed()
      await rig.files.remove(logFile(fileBytes))
      const files = (await rig.files.list(`${root}/commitlog`)).length
      await assert.rejects(rig.open(), (error: Error) => {
        assert.match(error.message, /00000000000000004096 is missing .* files behind it .*bytes from 8192 on/)
        assert.match(
          error.message,
          /cometmq store check \/data\/store".*cometmq store repair \/data\/store --cut-log-at-damage/,
        )
        return true
      })
      assert.equal((await rig.files.list(`${root}/commitlog`)).length, files)
    })

    it('refuses when the record of the checkpoint is gone, with how much would be lost', async () => {
      const rig = await killed({ before: 40 })
      const { durableLogOffset } = decodeCheckpoint(await rig.files.readFile(`${root}/checkpoint`))!
      const start = fileOf(durableLogOffset)
      await write(rig.files, logFile(start), 0, Buffer.alloc(fileBytes))
      await assert.rejects(rig.open(), {
        code: 'STORE_CORRUPT',
        message: /cannot be read at \d+ .* up to \d+ bytes in \d files; restore the file from a copy/,
      })
      await assert.rejects(rig.open(), { code: 'STORE_CORRUPT' }, 'the second time too')
    })

    it('refuses an empty log where there was one', async () => {
      const rig = await killed()
      for (const { name } of await rig.files.list(`${root}/commitlog`))
        await rig.files.remove(`${root}/commitlog/${name}`)
      await assert.rejects(rig.open(), { code: 'STORE_CORRUPT', message: /is empty, .* mount or restore the folder/ })
    })

    it('serves nothing else for messages whose records are gone', async () => {
      const rig = await killed({ before: 80 })
      await write(rig.files, logFile(0), 0, Buffer.alloc(fileBytes))
      await rig.open()
      const read = await rig.readAll()
      assert.ok(read.length < texts.length)
      for (const { body, queueOffset } of read) assert.equal(body.toString(), texts[queueOffset])
      assert.equal(await rig.store.recordAt(0), undefined)
      await rig.store.close()
    })
  })

  it('does not rely on queues that it was making again when the process ended', async () => {
    for (let operations = 40; operations < 130; operations += 3) {
      const rig = await Rig.open({}, new CrashFileSystem())
      for (const body of texts.slice(0, 40)) {
        for (const queueId of [0, 1]) await rig.store.put(messageWith({ queueId, body: Buffer.from(body) }))
      }
      await rig.clock.advance(61_000)
      const disk = (rig.files as CrashFileSystem).kill()
      await rig.clock.settle()
      // A queue of which a file is missing is removed, and made again from the first record.
      await disk.remove(queueFile(200))
      await disk.syncDirectory(`${root}/consumequeue/T/0`)
      const dying = dyingFiles(disk)
      dying.dieAfter(operations)
      rig.files = dying.files
      await rig
        .open()
        .then((store) => store.close())
        .catch(() => undefined)
      rig.files = disk.kill()
      await rig.clock.settle()
      await rig.open()
      const both = [await rig.bodies('T', 0), await rig.bodies('T', 1)]
      assert.deepEqual(both, [texts.slice(0, 40), texts.slice(0, 40)], `after ${operations} operations`)
      await rig.store.close()
    }
  })
})

describe('recovery on real files', () => {
  async function realStore(t: TestContext) {
    const folder = await mkdtemp(join(tmpdir(), 'store-recovery-'))
    t.after(() => rm(folder, { recursive: true }))
    const open = () =>
      MessageStore.open(
        { ...optionsWith(), storePathRootDir: folder },
        { files: nodeFileSystem, clock: nodeClock, logger: silentLogger, pid: process.pid },
      )
    const read = async (store: MessageStore) => {
      const bodies: string[] = []
      for (let offset = 0; offset < store.maxOffset('T', 0); ) {
        const result = await store.get({ topic: 'T', queueId: 0, offset, maxMessages: 32 })
        for (const record of result.records) bodies.push(record.toString('latin1').match(/message \d+/)![0])
        offset = result.nextBeginOffset
      }
      return bodies
    }
    const store = await open()
    await put(store, texts)
    await store.close()
    await write(nodeFileSystem, `${folder}/abort`, 0, Buffer.from('1'))
    return { folder, open, read }
  }

  it('goes on behind garbage and torn queues, with files of full length', async (t) => {
    const { folder, open, read } = await realStore(t)
    const names = (await nodeFileSystem.list(`${folder}/commitlog`)).map(({ name }) => Number(name))
    const last = Math.max(...names)
    await write(nodeFileSystem, logFile(last, folder), fileBytes - 100, Buffer.alloc(100, 7))
    await write(nodeFileSystem, `${folder}/consumequeue/T/0/00000000000000001800`, 190, Buffer.alloc(10, 7))
    const store = await open()
    assert.deepEqual(await read(store), texts)
    await put(store, ['message 100'])
    assert.deepEqual(await read(store), [...texts, 'message 100'])
    await store.close()
    assert.equal((await nodeFileSystem.stat(logFile(last, folder)))?.size, fileBytes)
  })

  it('refuses a gap', async (t) => {
    const { folder, open } = await realStore(t)
    await nodeFileSystem.remove(logFile(fileBytes, folder))
    await assert.rejects(open(), { code: 'STORE_CORRUPT' })
  })
})
