import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FileSystem } from '@cometmq/platform'
import { emptyCheckpoint, encodeCheckpoint, fillerUnits, unitBytes, writeUnit } from '../../src/format/index.ts'
import { messageWith, Rig, root } from '../rig.ts'
import { resize, write } from '../tamper.ts'

const texts = Array.from({ length: 120 }, (_, index) => `message ${index}`)
const logFile = (start: number) => `${root}/commitlog/${String(start).padStart(20, '0')}`
const queueFile = (start: number, queueId = 0) => `${root}/consumequeue/T/${queueId}/${String(start).padStart(20, '0')}`

/** A store with messages in two queues, closed or killed. */
async function stored({ isClean }: { isClean: boolean }, changes = {}): Promise<Rig> {
  const rig = await Rig.open(changes)
  for (const [index, text] of texts.entries()) {
    await rig.store.put(messageWith({ queueId: index % 2, body: Buffer.from(text) }))
  }
  await rig.store.close()
  if (!isClean) await write(rig.files, `${root}/abort`, 0, Buffer.from('1'))
  return rig
}

async function removeQueue(files: FileSystem, queueId: number): Promise<void> {
  const folder = `${root}/consumequeue/T/${queueId}`
  for (const { name } of await files.list(folder)) await files.remove(`${folder}/${name}`)
  await files.removeDirectory(folder)
}

async function checkWhole(rig: Rig): Promise<void> {
  await rig.open()
  const both = [await rig.bodies('T', 0), await rig.bodies('T', 1)]
  assert.deepEqual(
    both,
    [0, 1].map((queueId) => texts.filter((_, index) => index % 2 === queueId)),
  )
  await rig.store.put(messageWith({ body: Buffer.from('after') }))
  assert.equal((await rig.bodies()).at(-1), 'after')
  await rig.reopen()
  assert.equal((await rig.bodies()).length, 61)
  await rig.store.close()
}

for (const isClean of [true, false]) {
  describe(`a store that was ${isClean ? 'closed' : 'killed'}`, () => {
    it('gets its queues back when all are gone', async () => {
      const rig = await stored({ isClean })
      for (const queueId of [0, 1]) {
        for (const { name } of await rig.files.list(`${root}/consumequeue/T/${queueId}`))
          await rig.files.remove(queueFile(Number(name), queueId))
      }
      await checkWhole(rig)
    })

    it('gets a queue back of which a file in the middle is gone', async () => {
      const rig = await stored({ isClean })
      await rig.files.remove(queueFile(400))
      await checkWhole(rig)
    })

    it('gets one queue back of which the folder is gone', async () => {
      const rig = await stored({ isClean })
      await removeQueue(rig.files, 1)
      if (!isClean) await rig.files.remove(`${root}/checkpoint`)
      await checkWhole(rig)
    })

    it('gets a queue back that has lost its last files', async () => {
      const rig = await stored({ isClean })
      for (const start of [1000, 800]) await rig.files.remove(queueFile(start))
      if (!isClean) await rig.files.remove(`${root}/checkpoint`)
      await checkWhole(rig)
    })

    it('gets a queue back that is too short', async () => {
      const rig = await stored({ isClean })
      await resize(rig.files, queueFile(200), 77)
      await checkWhole(rig)
    })

    it('does without a checkpoint, or with a damaged one', async () => {
      for (const damage of ['none', 'short', 'garbage']) {
        const rig = await stored({ isClean })
        if (damage === 'none') await rig.files.remove(`${root}/checkpoint`)
        else if (damage === 'short') await resize(rig.files, `${root}/checkpoint`, 20)
        else await write(rig.files, `${root}/checkpoint`, 0, Buffer.alloc(48, 0x7f))
        await checkWhole(rig)
      }
    })

    it('does without the units behind the checkpoint, and removes those behind the log', async () => {
      const rig = await stored({ isClean })
      const units = Buffer.alloc(3 * unitBytes)
      for (const at of [0, 20, 40]) writeUnit(units, at, 1_000_000 + at, 100, 0)
      await write(rig.files, queueFile(1200), 0, units)
      await resize(rig.files, queueFile(1200), 200)
      await checkWhole(rig)
    })

    it('removes files that were made ahead', async () => {
      const rig = await stored({ isClean })
      const last = (await rig.files.list(`${root}/commitlog`)).map(({ name }) => Number(name)).sort((a, b) => b - a)[0]!
      for (const start of [last + 4096, last + 8192]) {
        await write(rig.files, logFile(start), 0, Buffer.alloc(1))
        await resize(rig.files, logFile(start), 4096)
      }
      await checkWhole(rig)
    })

    it('takes no old bytes behind the end of the log for records', async () => {
      const rig = await stored({ isClean })
      await rig.open()
      const end = rig.store.state.writtenOffset
      const record = (await rig.store.recordAt(0))!
      await rig.store.close()
      if (!isClean) await write(rig.files, `${root}/abort`, 0, Buffer.from('1'))
      const start = end - (end % 4096)
      await write(rig.files, logFile(start), end - start, record)
      await write(rig.files, logFile(start), end - start + 2 * record.length, Buffer.alloc(300, 0xaa))
      await checkWhole(rig)
    })
  })
}

describe('recovery after a crash', () => {
  it('ends the log at the first damaged record', async () => {
    const rig = await stored({ isClean: false })
    const [first, second] = [await sizeOf(rig, 0), 0]
    await write(rig.files, logFile(second), first + 92, Buffer.from('X'))
    await write(rig.files, `${root}/checkpoint`, 0, encodeCheckpoint(emptyCheckpoint()))
    await rig.open()
    assert.deepEqual([...(await rig.bodies('T', 0)), ...(await rig.bodies('T', 1))], ['message 0'])
    await rig.store.put(messageWith({ queueId: 1, body: Buffer.from('new') }))
    await rig.reopen()
    assert.deepEqual(await rig.bodies('T', 1), ['new'])
    await rig.store.close()
  })

  it('does not end the log in a part that was relied upon, but refuses', async () => {
    const rig = await stored({ isClean: true })
    await write(rig.files, logFile(0), 92, Buffer.from('X'))
    for (const { name } of await rig.files.list(`${root}/consumequeue/T/0`))
      await rig.files.remove(queueFile(Number(name)))
    for (const { name } of await rig.files.list(`${root}/consumequeue/T/1`))
      await rig.files.remove(queueFile(Number(name), 1))
    await assert.rejects(rig.open(), { code: 'STORE_CORRUPT' })
    assert.ok((await rig.files.list(`${root}/commitlog`)).length > 2, 'nothing was removed')
  })

  it('begins queues where the log begins when older files were deleted', async () => {
    const rig = await stored({ isClean: true })
    await rig.files.remove(logFile(0))
    await rig.open()
    const min = rig.store.minOffset('T', 0)
    assert.ok(min > 10 && min < 30)
    assert.deepEqual(await rig.bodies(), texts.filter((_, index) => index % 2 === 0).slice(min))
    await rig.store.close()
    for (const { name } of await rig.files.list(`${root}/consumequeue/T/0`))
      await rig.files.remove(queueFile(Number(name)))
    for (const { name } of await rig.files.list(`${root}/consumequeue/T/1`))
      await rig.files.remove(queueFile(Number(name), 1))
    for (const again of [1, 2]) {
      await rig.open()
      assert.equal(rig.store.minOffset('T', 0), min, `opened ${again} times`)
      assert.deepEqual(await rig.bodies(), texts.filter((_, index) => index % 2 === 0).slice(min))
      await rig.store.close()
    }
    const before = min % 10
    const first = await rig.files.readFile(queueFile((min - before) * unitBytes))
    assert.deepEqual(first.subarray(0, before * unitBytes), fillerUnits(before))
  })

  it('refuses a log with a gap', async () => {
    const rig = await stored({ isClean: true })
    await rig.files.remove(logFile(4096))
    await assert.rejects(rig.open(), { code: 'STORE_CORRUPT', message: /00000000000000004096 is missing/ })
  })
})

async function sizeOf(rig: Rig, physicalOffset: number): Promise<number> {
  const head = Buffer.alloc(4)
  const file = await rig.files.open(logFile(0))
  await file.read(head, physicalOffset)
  await file.close()
  return head.readInt32BE(0)
}
