import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeRecord } from '@cometmq/protocol/message'
import { MessageStore, type StoreError } from '../src/index.ts'
import { messageWith, optionsWith, Rig, root } from './rig.ts'

const numbered = (count: number, prefix = 'message') =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`)

async function putAll(rig: Rig, bodies: string[], changes = {}) {
  return Promise.all(bodies.map((body) => rig.store.put(messageWith({ body: Buffer.from(body), ...changes }))))
}

describe('MessageStore', () => {
  it('answers a message with its place and gives it back as it was', async () => {
    const rig = await Rig.open()
    const message = messageWith({ properties: 'TAGS\u0001a\u0002', flag: 7, reconsumeTimes: 2, queueId: 3 })
    const receipt = await rig.store.put(message)
    assert.equal(receipt.status, 'PUT_OK')
    assert.equal(receipt.queueOffset, 0)
    assert.equal(receipt.physicalOffset, 0)
    const result = rig.store.get({ topic: 'T', queueId: 3, offset: 0, maxMessages: 32 })
    assert.ok(!(result instanceof Promise), 'what is in memory is answered at once')
    assert.equal(result.status, 'FOUND')
    const [record] = result.records
    const stored = decodeRecord(record!, 0)
    assert.equal(stored.body.toString(), 'hello')
    assert.equal(stored.properties, message.properties)
    assert.equal(stored.flag, 7)
    assert.equal(stored.reconsumeTimes, 2)
    assert.deepEqual(stored.bornHost, message.bornHost)
    assert.equal(stored.storeTimestamp, receipt.storeTimestamp)
    assert.equal(record!.length, receipt.size)
    await rig.store.close()
  })

  it('tells when a message was stored, and of none that is not there', async () => {
    const rig = await Rig.open()
    const { storeTimestamp, queueOffset } = await rig.store.put(messageWith({ queueId: 3 }))
    assert.equal(await rig.store.storeTime('T', 3, queueOffset), storeTimestamp)
    for (const [topic, queueId, offset] of [
      ['T', 3, 1],
      ['T', 3, -1],
      ['T', 2, 0],
      ['X', 3, 0],
    ] as const)
      assert.equal(await rig.store.storeTime(topic, queueId, offset), undefined)
    await rig.store.close()
  })

  it('leaves no timer behind when it is closed', async () => {
    const rig = await Rig.open()
    await rig.store.put(messageWith({}))
    await rig.store.close()
    assert.equal(rig.clock.pendingTimers, 0)
  })

  it('keeps messages over files of the log and of the queue, and after a restart', async () => {
    const rig = await Rig.open()
    const bodies = numbered(200)
    await putAll(rig, bodies)
    assert.deepEqual(await rig.bodies(), bodies)
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), bodies)
    await putAll(rig, ['one more'])
    assert.deepEqual(await rig.bodies(), [...bodies, 'one more'])
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), [...bodies, 'one more'])
    await rig.store.close()
  })

  it('keeps acknowledged messages when the process is killed', async () => {
    const rig = await Rig.open()
    const bodies = numbered(100)
    await putAll(rig, bodies)
    await rig.kill()
    assert.deepEqual(await rig.bodies(), bodies)
    await putAll(rig, ['after'])
    await rig.kill()
    assert.deepEqual(await rig.bodies(), [...bodies, 'after'])
    assert.equal(rig.store.maxOffset('T', 0), 101)
    await rig.store.close()
  })

  it('answers a synchronous flush only when the bytes are durable', async () => {
    const rig = await Rig.open({ flushDiskType: 'SYNC_FLUSH' })
    const receipts = await putAll(rig, numbered(10))
    for (const { physicalOffset, size } of receipts) {
      assert.ok(physicalOffset + size <= rig.store.state.flushedOffset)
    }
    await rig.store.close()
  })

  it('refuses a second opener, and says who has the store', async () => {
    const rig = await Rig.open()
    const { files, clock, logger } = rig
    await assert.rejects(
      MessageStore.open(optionsWith(), { files, clock, logger, pid: 2 }),
      (error: StoreError) => error.code === 'STORE_LOCKED' && error.message.includes('process 4711'),
    )
    await rig.store.close()
    await rig.open()
    await rig.store.close()
  })

  it('lays its files out as RocketMQ does', async () => {
    const rig = await Rig.open()
    await putAll(rig, numbered(60))
    assert.equal((await rig.files.readFile(`${root}/abort`)).toString(), '4711')
    await rig.store.close()
    assert.equal(await rig.files.stat(`${root}/abort`), undefined)
    assert.equal((await rig.files.stat(`${root}/checkpoint`))?.size, 4096)
    const names = async (path: string) => (await rig.files.list(`${root}/${path}`)).map(({ name }) => name).sort()
    assert.deepEqual(await names('commitlog'), ['00000000000000000000', '00000000000000004096'])
    assert.deepEqual((await names('consumequeue/T/0')).slice(0, 2), ['00000000000000000000', '00000000000000000200'])
    assert.equal((await rig.files.stat(`${root}/commitlog/00000000000000004096`))?.size, 4096)
  })
})
