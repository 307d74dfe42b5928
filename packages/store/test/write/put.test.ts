import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeRecord, sysFlag } from '@cometmq/protocol/message'
import { messageWith, Rig } from '../rig.ts'

const item = (text: string) => ({ flag: 3, properties: 'K\u0001v\u0002', body: Buffer.from(text) })

describe('put', () => {
  it('refuses what breaks a rule, and says which', async () => {
    const rig = await Rig.open({ maxMessageSize: 1000 })
    const refuses = async (changes: object, code: string, message: RegExp) =>
      assert.rejects(rig.store.put(messageWith(changes)), (error: { code: string; message: string }) => {
        assert.equal(error.code, code)
        assert.match(error.message, message)
        return true
      })
    await refuses({ body: Buffer.alloc(1001) }, 'STORE_MESSAGE_ILLEGAL', /1001 bytes.*maxMessageSize.*1000/)
    await refuses({ topic: 'x'.repeat(128) }, 'STORE_MESSAGE_ILLEGAL', /128 bytes.*127/)
    await refuses({ topic: `%RETRY%${'x'.repeat(249)}` }, 'STORE_MESSAGE_ILLEGAL', /256|folder/)
    for (const topic of ['', '..', 'a/b', 'a\0b']) await refuses({ topic }, 'STORE_MESSAGE_ILLEGAL', /folder/)
    await refuses({ queueId: -1 }, 'STORE_MESSAGE_ILLEGAL', /queue -1/)
    await refuses({ properties: 'ä'.repeat(16_384) }, 'STORE_PROPERTIES_TOO_LONG', /32768.*32767/)
    await refuses({ properties: 'p'.repeat(5000) }, 'STORE_MESSAGE_ILLEGAL', /mappedFileSizeCommitLog is 4096/)
    assert.deepEqual([...rig.store.queues()], [], 'nothing was made for what was refused')
    await rig.store.put(messageWith({ topic: `%RETRY%${'x'.repeat(200)}` }))
    await rig.store.close()
  })

  it('refuses everything once it closes', async () => {
    const rig = await Rig.open()
    const closing = rig.store.close()
    await assert.rejects(rig.store.put(messageWith()), { code: 'STORE_NOT_AVAILABLE' })
    await closing
    await rig.store.close()
    await assert.rejects(async () => rig.store.get({ topic: 'T', queueId: 0, offset: 0, maxMessages: 1 }), {
      code: 'STORE_NOT_AVAILABLE',
    })
  })

  it('answers those who wait when it closes', async () => {
    const rig = await Rig.open({ flushDiskType: 'SYNC_FLUSH' })
    const puts = Promise.all(Array.from({ length: 5 }, () => rig.store.put(messageWith())))
    await rig.store.close()
    assert.deepEqual(
      (await puts).map(({ queueOffset }) => queueOffset),
      [0, 1, 2, 3, 4],
    )
  })

  it('gives messages of open and rolled back transactions no place in a queue', async () => {
    const rig = await Rig.open()
    for (const flags of [sysFlag.TRANSACTION_PREPARED, sysFlag.TRANSACTION_ROLLBACK]) {
      const { queueOffset, physicalOffset } = await rig.store.put(messageWith({ sysFlag: flags }))
      assert.equal(queueOffset, 0)
      assert.equal(decodeRecord((await rig.store.recordAt(physicalOffset))!, 0).sysFlag, flags)
    }
    assert.equal((await rig.store.put(messageWith({ sysFlag: sysFlag.TRANSACTION_COMMIT }))).queueOffset, 0)
    assert.equal(rig.store.maxOffset('T', 0), 1)
    await rig.reopen()
    assert.equal(rig.store.maxOffset('T', 0), 1)
    await rig.store.close()
  })

  it('writes the delivery time into the unit of a delayed message', async () => {
    const rig = await Rig.open()
    const codes: number[] = []
    rig.store.onArrival = (_topic, _queueId, _maxOffset, tagsCode) => codes.push(tagsCode)
    const put = (DELAY: number) =>
      rig.store.put(
        messageWith({ topic: 'SCHEDULE_TOPIC_XXXX', properties: `DELAY\u0001${DELAY}\u0002TAGS\u0001a\u0002` }),
      )
    const { storeTimestamp } = await put(3)
    await put(99)
    await put(0)
    assert.deepEqual(codes, [storeTimestamp + 10_000, storeTimestamp + 7_200_000, 97])
    await rig.store.close()
  })

  it('takes memory that its caller uses again after the answer', async () => {
    const rig = await Rig.open()
    const body = Buffer.from('first')
    await rig.store.put(messageWith({ body }))
    body.write('other')
    assert.deepEqual(await rig.bodies(), ['first'])
    await rig.store.close()
  })

  it('writes once for all messages of a tick', async () => {
    const rig = await Rig.open({ mappedFileSizeCommitLog: 1024 * 1024 })
    await rig.store.put(messageWith())
    let told = 0
    rig.store.onArrival = () => {
      if (told++ === 0) assert.equal(rig.store.maxOffset('T', 0), 101, 'a listener finds all of them')
    }
    await Promise.all(Array.from({ length: 100 }, () => rig.store.put(messageWith())))
    assert.equal(told, 100)
    await rig.store.close()
  })
})

describe('putBatch', () => {
  it('stores a record per item, one behind the other, all in one file', async () => {
    const rig = await Rig.open()
    await rig.store.put(messageWith({ body: Buffer.alloc(3700) }))
    const receipt = await rig.store.putBatch(messageWith(), [item('a'), item('b'), item('c'), item('d')])
    assert.equal(receipt.queueOffset, 1)
    assert.equal(receipt.physicalOffsets[0], 4096, 'the batch does not fit into what is left of the first file')
    const batch = (await rig.readAll()).slice(1)
    assert.deepEqual(
      batch.map(({ body, flag, queueOffset }) => [body.toString(), flag, queueOffset]),
      [
        ['a', 3, 1],
        ['b', 3, 2],
        ['c', 3, 3],
        ['d', 3, 4],
      ],
    )
    assert.deepEqual(
      batch.map(({ physicalOffset }) => physicalOffset),
      receipt.physicalOffsets,
    )
    await rig.store.close()
  })

  it('refuses an empty batch, one of a transaction, and one that fits no file', async () => {
    const rig = await Rig.open()
    const refused = { code: 'STORE_MESSAGE_ILLEGAL' }
    await assert.rejects(rig.store.putBatch(messageWith(), []), refused)
    await assert.rejects(
      rig.store.putBatch(messageWith({ sysFlag: sysFlag.TRANSACTION_PREPARED }), [item('a')]),
      refused,
    )
    await assert.rejects(
      rig.store.putBatch(
        messageWith(),
        Array.from({ length: 50 }, () => item('a')),
      ),
      refused,
    )
    await rig.store.close()
  })
})
