import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeProperties, propertyOf } from '@cometmq/protocol/message'
import type { MessageStore } from '../../src/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

const lmq = { enableLmq: true, enableMultiDispatch: true }

const sendTo = (store: MessageStore, names: string, text: string, changes = {}) =>
  store.put(
    messageWith({
      properties: encodeProperties([
        ['TAGS', 'A'],
        ['INNER_MULTI_DISPATCH', names],
      ]),
      body: Buffer.from(text),
      ...changes,
    }),
  )

describe('a message that names light queues', () => {
  it('stands in each of them, once in the log, with its offsets in it', async () => {
    const rig = await Rig.open(lmq)
    const arrivals: string[] = []
    rig.store.onArrival = (topic, queueId, maxOffset, tagsCode) =>
      arrivals.push(`${topic} ${queueId} ${maxOffset} ${tagsCode}`)
    await sendTo(rig.store, '%LMQ%a,%LMQ%b', 'first', { queueId: 3 })
    await sendTo(rig.store, '%LMQ%b', 'second', { queueId: 3 })
    await rig.store.put(messageWith({ queueId: 3, body: Buffer.from('third') }))
    assert.deepEqual(await rig.bodies('T', 3), ['first', 'second', 'third'])
    assert.deepEqual(await rig.bodies('%LMQ%a'), ['first'])
    assert.deepEqual(await rig.bodies('%LMQ%b'), ['first', 'second'])
    const [first, second] = await rig.readAll('%LMQ%b')
    assert.equal(propertyOf(first!.properties, 'INNER_MULTI_QUEUE_OFFSET'), '0,0')
    assert.equal(propertyOf(second!.properties, 'INNER_MULTI_QUEUE_OFFSET'), '1')
    assert.deepEqual([second!.topic, second!.queueId, second!.queueOffset], ['T', 3, 1])
    assert.deepEqual(arrivals, ['T 3 1 65', '%LMQ%a 0 1 65', '%LMQ%b 0 1 65', 'T 3 2 65', '%LMQ%b 0 2 65', 'T 3 3 0'])
    await rig.store.close()
  })

  it('is in them after a crash and when the queues are made again', async () => {
    const rig = await Rig.open(lmq)
    for (let n = 0; n < 60; n++) await sendTo(rig.store, n % 2 === 0 ? '%LMQ%a' : '%LMQ%a,%LMQ%b', `${n}`)
    const all = Array.from({ length: 60 }, (_, n) => `${n}`)
    const odd = all.filter((_, n) => n % 2 === 1)
    await rig.kill()
    assert.deepEqual([await rig.bodies('%LMQ%a'), await rig.bodies('%LMQ%b')], [all, odd])
    await rig.store.close()
    for (const queue of ['T', '%LMQ%a', '%LMQ%b']) {
      for (const { name } of await rig.files.list(`${root}/consumequeue/${queue}/0`))
        await rig.files.remove(`${root}/consumequeue/${queue}/0/${name}`)
    }
    await rig.open()
    assert.deepEqual([await rig.bodies('%LMQ%a'), await rig.bodies('%LMQ%b')], [all, odd])
    await sendTo(rig.store, '%LMQ%b', 'more')
    assert.deepEqual((await rig.readAll('%LMQ%b')).length, 31)
    await rig.store.close()
  })

  it('goes to its own queue alone when it is a retry, a dead letter or one of the broker, or when that is not switched on', async () => {
    const rig = await Rig.open(lmq)
    for (const topic of ['%RETRY%G', '%DLQ%G', 'rmq_sys_x', 'SCHEDULE_TOPIC_XXXX']) {
      await sendTo(rig.store, '%LMQ%a', 'x', { topic })
    }
    assert.equal(rig.store.maxOffset('%LMQ%a', 0), 0)
    await rig.store.close()
    for (const changes of [{ enableLmq: true }, { enableMultiDispatch: true }]) {
      const other = await Rig.open(changes)
      await sendTo(other.store, '%LMQ%a', 'x')
      assert.equal(other.store.maxOffset('%LMQ%a', 0), 0)
      await other.store.close()
    }
  })

  it('passes over names that are no light queue or no folder, and counts a name that stands twice twice', async () => {
    const rig = await Rig.open(lmq)
    await sendTo(rig.store, 'plain,%LMQ%x/y,%LMQ%a,%LMQ%a', 'x')
    const [message] = await rig.readAll()
    assert.equal(propertyOf(message!.properties, 'INNER_MULTI_DISPATCH'), '%LMQ%a,%LMQ%a')
    assert.equal(propertyOf(message!.properties, 'INNER_MULTI_QUEUE_OFFSET'), '0,1')
    assert.deepEqual(
      [...rig.store.queues()].map(({ topic }) => topic),
      ['T', '%LMQ%a'],
    )
    await rig.store.close()
  })

  it('is refused when it would make more light queues than the quota', async () => {
    const rig = await Rig.open({ ...lmq, enableLmqQuota: true, maxLmqConsumeQueueNum: 2 })
    await sendTo(rig.store, '%LMQ%a', '1')
    const before = rig.store.state.appendedOffset
    await assert.rejects(sendTo(rig.store, '%LMQ%b,%LMQ%c', '2'), { code: 'STORE_LIGHT_QUEUES_EXCEEDED' })
    assert.equal(rig.store.state.appendedOffset, before)
    await sendTo(rig.store, '%LMQ%a,%LMQ%b', '3')
    await rig.reopen()
    await assert.rejects(sendTo(rig.store, '%LMQ%c', '4'), { code: 'STORE_LIGHT_QUEUES_EXCEEDED' })
    await rig.clock.until(rig.store.deleteTopic('%LMQ%a'))
    await sendTo(rig.store, '%LMQ%c', '5')
    await assert.rejects(sendTo(rig.store, Array(1025).fill('%LMQ%b').join(), '6'), { code: 'STORE_MESSAGE_ILLEGAL' })
    await rig.store.close()
  })
})
