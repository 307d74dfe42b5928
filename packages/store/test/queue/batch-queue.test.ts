import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FileSystem, replaceFile } from '@cometmq/platform'
import { decodeRecord, propertyOf } from '@cometmq/protocol/message'
import { CrashFileSystem, FaultyFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { messageWith, Rig, root } from '../rig.ts'

class BatchRig extends Rig {
  put(count: number, text = `${count}`): Promise<{ queueOffset: number }> {
    const properties = `INNER_NUM\u0001${count}\u0002`
    return this.store.put(messageWith({ topic: 'B', sysFlag: 0xc0, properties, body: Buffer.from(text) }))
  }

  async records(from = 0): Promise<string[]> {
    const found: string[] = []
    for (let offset = from; ; ) {
      const { records, nextBeginOffset } = await this.store.get({ topic: 'B', queueId: 0, offset, maxMessages: 5 })
      for (const record of records) {
        const { queueOffset, body } = decodeRecord(record, 0)
        found.push(`${queueOffset} ${body}`)
      }
      if (nextBeginOffset === offset) return found
      offset = nextBeginOffset
    }
  }
}

async function contents(files: FileSystem, folder: string): Promise<[string, Buffer][]> {
  const names = (await files.list(folder)).map(({ name }) => name)
  return Promise.all(
    names.map(async (name): Promise<[string, Buffer]> => [name, await files.readFile(`${folder}/${name}`)]),
  )
}

async function opened(changes = {}, files?: FileSystem): Promise<BatchRig> {
  const rig = new BatchRig({ mapperFileSizeBatchConsumeQueue: 46 * 4, ...changes }, files)
  await rig.open()
  return rig
}

describe('a batch queue', () => {
  it('counts messages, one record for many', async () => {
    const rig = await opened()
    const arrivals: number[] = []
    rig.store.onArrival = (_topic, _queueId, maxOffset) => arrivals.push(maxOffset)
    const offsets = [await rig.put(3), await rig.put(1), await rig.put(4)].map(({ queueOffset }) => queueOffset)
    const single = await rig.store.put(messageWith({ topic: 'B', body: Buffer.from('one') }))
    assert.deepEqual([...offsets, single.queueOffset], [0, 3, 4, 8])
    assert.deepEqual(arrivals, [3, 4, 8, 9])
    assert.deepEqual([rig.store.minOffset('B', 0), rig.store.maxOffset('B', 0)], [0, 9])
    assert.deepEqual(await rig.records(), ['0 3', '3 1', '4 4', '8 one'])
    assert.deepEqual(await rig.records(5), ['4 4', '8 one'])
    const { records } = await rig.store.get({ topic: 'B', queueId: 0, offset: 4, maxMessages: 1 })
    assert.equal(propertyOf(decodeRecord(records[0]!, 0).properties, 'INNER_BASE'), '4')
    assert.equal(
      (await rig.store.get({ topic: 'B', queueId: 0, offset: 9, maxMessages: 1 })).status,
      'OFFSET_OVERFLOW_ONE',
    )
    await rig.store.close()
  })

  it('survives a clean end, the end of the process, and the loss of its files', async () => {
    const rig = await opened()
    const expected: string[] = []
    let next = 0
    const send = async (records: number) => {
      for (let n = 0; n < records; n++) {
        const count = 1 + (expected.length % 3)
        expected.push(`${next} ${count}`)
        await rig.put(count)
        next += count
      }
    }
    await send(10)
    await rig.reopen()
    assert.deepEqual(await rig.records(), expected)
    await send(7)
    await rig.clock.advance(100_000)
    await send(5)
    await rig.kill()
    assert.deepEqual(await rig.records(), expected)
    await send(3)
    await rig.store.close()
    const folder = `${root}/batchconsumequeue/B/0`
    for (const { name } of await rig.files.list(folder)) await rig.files.remove(`${folder}/${name}`)
    await rig.open()
    assert.deepEqual(await rig.records(), expected)
    await rig.store.close()
  })

  it('begins where the log does when older files were deleted', async () => {
    const rig = await opened()
    for (let n = 0; n < 60; n++) await rig.put(2)
    await rig.store.close()
    await rig.files.remove(`${root}/commitlog/00000000000000000000`)
    await rig.open()
    const min = rig.store.minOffset('B', 0)
    assert.ok(min > 10 && min % 2 === 0)
    assert.equal((await rig.records(min))[0], `${min} 2`)
    assert.equal(
      (await rig.store.get({ topic: 'B', queueId: 0, offset: 0, maxMessages: 1 })).status,
      'OFFSET_TOO_SMALL',
    )
    await rig.store.close()
  })

  it('goes with its topic, and begins again at 0', async () => {
    const rig = await opened()
    for (let n = 0; n < 9; n++) await rig.put(2)
    await rig.clock.advance(1000)
    await rig.clock.until(rig.store.deleteTopic('B'))
    assert.deepEqual(await rig.files.list(`${root}/batchconsumequeue`), [])
    assert.equal((await rig.put(5)).queueOffset, 0)
    await rig.kill()
    assert.deepEqual(await rig.records(), ['0 5'])
    await rig.store.close()
  })

  it('finds messages by time', async () => {
    const rig = await opened()
    const times: number[] = []
    for (let n = 0; n < 6; n++) {
      times.push(rig.clock.now())
      await rig.put(2)
      await rig.clock.advance(1000)
    }
    assert.equal(await rig.store.searchOffset('B', 0, times[2]!, 'LOWER'), 4)
    assert.equal(await rig.store.searchOffset('B', 0, times[2]! + 1, 'LOWER'), 6)
    assert.equal(await rig.store.searchOffset('B', 0, times[2]! + 1, 'UPPER'), 4)
    assert.equal(await rig.store.searchOffset('B', 0, times[5]! + 1, 'LOWER'), 12)
    assert.equal(await rig.store.earliestStoreTime('B', 0), times[0])
    await rig.store.close()
  })

  it('keeps units for which the disk had no room, and writes them when it has', async () => {
    const disk = new CrashFileSystem()
    const files = new FaultyFileSystem(disk)
    const rig = await opened({}, files)
    for (let n = 0; n < 3; n++) await rig.put(2)
    await rig.clock.advance(1000)
    files.arm({ operation: 'write', systemCode: 'ENOSPC', path: /batchconsumequeue/ })
    // The first of them fills a file, and the next one is made.
    for (let n = 0; n < 3; n++) await rig.put(2)
    await rig.clock.advance(500)
    assert.equal(rig.store.state.diskState, 'full')
    assert.equal((await rig.records()).length, 6, 'they are read from memory')
    await rig.clock.advance(10_000)
    assert.equal(rig.store.state.diskState, 'room')
    // Recovery begins at the last record: those of the batch queue are not looked at again.
    await rig.store.put(messageWith())
    await rig.clock.advance(100_000)
    const next = new BatchRig(rig.options, disk.crash(new SeededRandom(1)))
    await next.open()
    assert.deepEqual(await next.records(), ['0 2', '2 2', '4 2', '6 2', '8 2', '10 2'])
    assert.equal(next.store.maxOffset('B', 0), 12)
    await next.store.close()
  })

  it('goes by the later record when a deletion was under way as the power was cut', async () => {
    const rig = await opened()
    for (let n = 0; n < 9; n++) await rig.put(2)
    await rig.clock.advance(1000)
    await rig.store.close()
    const before = await contents(rig.files, `${root}/batchconsumequeue/B/0`)
    const checkpoint = await rig.files.readFile(`${root}/checkpoint`)
    await rig.open()
    await rig.clock.until(rig.store.deleteTopic('B'))
    for (let n = 0; n < 3; n++) await rig.put(3)
    await rig.store.close()
    // The log is durable; neither the note of the deletion is, nor what it has done to the files.
    await rig.files.remove(`${root}/deletedTopics`)
    for (const [name, bytes] of [...before, ['checkpoint', checkpoint] as const]) {
      const path = name === 'checkpoint' ? `${root}/checkpoint` : `${root}/batchconsumequeue/B/0/${name}`
      await replaceFile(rig.files, path, bytes)
    }
    await (await rig.files.open(`${root}/abort`, { create: true })).close()
    for (const life of ['first', 'second']) {
      await rig.open()
      assert.deepEqual(await rig.records(), ['0 3', '3 3', '6 3'], life)
      await rig.store.close()
    }
    assert.equal(
      (await rig.files.list(`${root}/batchconsumequeue/B/0`)).length,
      1,
      'of nine units there were three files',
    )
  })

  it('takes an inner batch only where it belongs and with its number', async () => {
    const rig = await opened()
    const inner = { sysFlag: 0xc0, properties: 'INNER_NUM\u00012\u0002' }
    for (const changes of [
      { topic: 'T', ...inner },
      { topic: 'B', sysFlag: 0xc0 },
      { topic: 'B', sysFlag: 0xc0, properties: 'INNER_NUM\u00010\u0002' },
      { topic: 'B', sysFlag: 0xc0, properties: 'INNER_NUM\u000140000\u0002' },
      { topic: 'B', properties: 'INNER_NUM\u00012\u0002' },
    ]) {
      await assert.rejects(rig.store.put(messageWith(changes)), { code: 'STORE_MESSAGE_ILLEGAL' })
    }
    const items = [{ flag: 0, properties: '', body: Buffer.from('x') }]
    await assert.rejects(rig.store.putBatch(messageWith({ topic: 'B' }), items), { code: 'STORE_MESSAGE_ILLEGAL' })
    assert.equal(rig.store.state.appendedOffset, 0)
    await rig.store.close()
  })
})
