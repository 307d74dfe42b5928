import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeRecord, tagsCodeOf } from '@cometmq/protocol/message'
import type { GetResult } from '../../src/index.ts'
import { messageWith, Rig } from '../rig.ts'

const bigFiles = { mappedFileSizeCommitLog: 16 * 1024 * 1024, mappedFileSizeConsumeQueue: 20_000 }
const request = { topic: 'T', queueId: 0, offset: 0, maxMessages: 32 }

async function filled(count: number, bytes = 5, changes = {}): Promise<Rig> {
  const rig = await Rig.open({ ...bigFiles, ...changes })
  const puts = Array.from({ length: count }, (_, index) =>
    rig.store.put(messageWith({ body: Buffer.alloc(bytes, index), properties: `TAGS\u0001tag${index % 3}\u0002` })),
  )
  await Promise.all(puts)
  return rig
}

const outline = ({ status, nextBeginOffset, minOffset, maxOffset, records }: GetResult) => [
  status,
  nextBeginOffset,
  minOffset,
  maxOffset,
  records.length,
]

describe('a read', () => {
  it('names what is wrong with an offset as RocketMQ does', async () => {
    const rig = await filled(10)
    const at = async (offset: number, topic = 'T') => outline(await rig.store.get({ ...request, topic, offset }))
    assert.deepEqual(await at(0, 'unknown'), ['NO_MESSAGE_IN_QUEUE', 0, 0, 0, 0])
    assert.deepEqual(await at(10), ['OFFSET_OVERFLOW_ONE', 10, 0, 10, 0])
    assert.deepEqual(await at(11), ['OFFSET_OVERFLOW_BADLY', 10, 0, 10, 0])
    assert.deepEqual(await at(-1), ['OFFSET_TOO_SMALL', 0, 0, 10, 0])
    assert.deepEqual(await at(4), ['FOUND', 10, 0, 10, 6])
    await rig.store.close()
  })

  for (const where of ['memory', 'files']) {
    it(`stops at what was asked for, at 32 messages and at 256 KiB, from ${where}`, async () => {
      const rig = await filled(100)
      if (where === 'files') await rig.reopen()
      assert.deepEqual(outline(await rig.store.get({ ...request, maxMessages: 7 })), ['FOUND', 7, 0, 100, 7])
      assert.deepEqual(outline(await rig.store.get({ ...request, maxMessages: 99 })), ['FOUND', 32, 0, 100, 32])
      await rig.store.close()
      const big = await filled(10, 100_000)
      if (where === 'files') await big.reopen()
      assert.deepEqual(outline(await big.store.get(request)), ['FOUND', 2, 0, 10, 2])
      await big.store.close()
      const huge = await filled(2, 300_000)
      if (where === 'files') await huge.reopen()
      const result = await huge.store.get(request)
      assert.deepEqual(outline(result), ['FOUND', 1, 0, 2, 1], 'the first is answered however large it is')
      assert.ok(result.bytes > 300_000)
      await huge.store.close()
    })
  }

  it('counts what lies far behind as old, answers less of it, and says so', async () => {
    const rig = await filled(100, 1000, { accessMessageInMemoryMaxRatio: 0 })
    const result = await rig.store.get(request)
    assert.equal(result.records.length, 8)
    assert.ok(result.suggestPullingFromSlave)
    assert.ok(!rig.store.isInMemory('T', 0, 0))
    await rig.store.close()
    const recent = await filled(10)
    assert.ok(recent.store.isInMemory('T', 0, 0) && !recent.store.isInMemory('T', 0, 10))
    await recent.reopen()
    assert.ok(recent.store.isInMemory('T', 0, 0))
    await recent.store.close()
  })

  it('filters by the hash of the tag, and passes by what does not match', async () => {
    const rig = await filled(30)
    const wanted = tagsCodeOf('tag1')
    const result = await rig.store.get({ ...request, matchesTag: (code) => code === wanted })
    assert.deepEqual(outline(result), ['FOUND', 30, 0, 30, 10])
    const none = await rig.store.get({ ...request, matchesTag: () => false })
    assert.deepEqual(outline(none), ['NO_MATCHED_MESSAGE', 30, 0, 30, 0])
    await rig.store.close()
  })

  it('looks at no more than 800 messages, or what was asked for', async () => {
    const rig = await filled(1000)
    const matchesTag = () => false
    assert.equal((await rig.store.get({ ...request, matchesTag })).nextBeginOffset, 800)
    assert.equal((await rig.store.get({ ...request, maxMessages: 900, matchesTag })).nextBeginOffset, 900)
    await rig.store.close()
  })

  it('answers at once from memory, also when the record came a moment ago', async () => {
    const rig = await filled(3)
    let seen: GetResult | undefined
    rig.store.onArrival = (topic, queueId, maxOffset, tagsCode) => {
      assert.deepEqual([topic, queueId, maxOffset, tagsCode], ['T', 0, 4, tagsCodeOf('x')])
      seen = rig.store.get({ ...request, offset: 3 }) as GetResult
    }
    const put = rig.store.put(messageWith({ properties: 'TAGS\u0001x\u0002' }))
    assert.equal(rig.store.maxOffset('T', 0), 3, 'nobody sees what is not written')
    await put
    assert.ok(seen !== undefined)
    assert.deepEqual(outline(seen), ['FOUND', 4, 0, 4, 1])
    assert.equal(decodeRecord(seen.records[0]!, 0).queueOffset, 3)
    await rig.store.close()
  })

  it('answers no other bytes than the record that the queue means', async () => {
    const rig = await filled(3)
    await rig.store.close()
    const log = await rig.files.open('/data/store/commitlog/00000000000000000000')
    const record = Buffer.alloc(40)
    await log.read(record, 0)
    record[35]! ^= 0xff
    await log.write(record, 0)
    await rig.open()
    const result = await rig.store.get(request)
    assert.deepEqual(outline(result), ['FOUND', 3, 0, 3, 2])
    assert.equal(decodeRecord(result.records[0]!, 0).queueOffset, 1)
    await rig.store.close()
  })
})

describe('a record by its position in the log', () => {
  it('is answered whole, from memory and from the file', async () => {
    const rig = await filled(3, 2000)
    const { records } = await rig.store.get(request)
    const { physicalOffset } = decodeRecord(records[1]!, 0)
    assert.deepEqual(await rig.store.recordAt(physicalOffset), records[1])
    await rig.reopen()
    assert.deepEqual(await rig.store.recordAt(physicalOffset), records[1])
    for (const wrong of [physicalOffset + 1, -1, 1e15, 0.5, Number.NaN, rig.store.state.writtenOffset]) {
      assert.equal(await rig.store.recordAt(wrong), undefined)
    }
    await rig.store.close()
  })
})
