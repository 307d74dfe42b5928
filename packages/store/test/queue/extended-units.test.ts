import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tagsCodeOf } from '@cometmq/protocol/message'
import { extendedAddress, readExtendedUnit, writeExtendedAddress } from '../../src/format/extended-unit.ts'
import { writeUnit } from '../../src/format/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

const options = { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 100 }
const isEven = (code: number) => code === tagsCodeOf('even')
const evens = (count: number) => Array.from({ length: count }, (_, n) => n).filter((n) => n % 2 === 0)

async function send(rig: Rig, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    const properties = `TAGS\u0001${n % 2 === 0 ? 'even' : 'odd'}\u0002`
    await rig.store.put(messageWith({ properties, body: Buffer.from(`${n}`) }))
  }
}

const evenOf = async (rig: Rig) =>
  (await rig.readAll('T', 0, { matchesTag: isEven })).map(({ body }) => Number(body.toString()))

describe('an address in a queue unit', () => {
  it('is below −2^31, and exact however far it reaches', () => {
    const unit = Buffer.alloc(20)
    for (const position of [0, 20, 0xffff_fff0, 2 ** 40 + 12, 2 ** 52]) {
      writeExtendedAddress(unit, 0, position)
      assert.equal(unit.readBigInt64BE(12), BigInt(position) - 2n ** 63n)
      assert.equal(extendedAddress(unit, 0), position)
    }
    for (const code of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 1_700_000_000_000]) {
      writeUnit(unit, 0, 4096, 100, code)
      assert.equal(extendedAddress(unit, 0), undefined, `${code} is a tags code`)
    }
    writeUnit(unit, 0, 4096, 100, -2_147_483_649)
    assert.notEqual(extendedAddress(unit, 0), undefined)
  })

  it('leads to a unit with its bits, or to none', () => {
    const bytes = Buffer.alloc(23)
    bytes.writeInt16BE(23, 0)
    bytes.writeInt16BE(3, 18)
    bytes.write('abc', 20)
    assert.equal(readExtendedUnit(bytes, 0)?.bitmap?.toString(), 'abc')
    assert.equal(readExtendedUnit(bytes, 10), undefined)
    assert.equal(readExtendedUnit(bytes.subarray(0, 22), 0), undefined)
  })
})

describe('extended units', () => {
  it('serve filtered reads from memory and from files, over file ends and restarts', async () => {
    const rig = await Rig.open(options)
    await send(rig, 0, 30)
    assert.deepEqual(await evenOf(rig), evens(30))
    await rig.clock.advance(1000)
    await send(rig, 30, 40)
    assert.deepEqual(await evenOf(rig), evens(40))
    await rig.reopen()
    await send(rig, 40, 50)
    await rig.kill()
    await send(rig, 50, 60)
    assert.deepEqual(await evenOf(rig), evens(60))
    assert.equal((await rig.bodies()).length, 60)
    await rig.store.close()
    const names = (await rig.files.list(`${root}/consumequeue_ext/T/0`)).map(({ name }) => name).sort()
    const bytes = await Promise.all(names.map((name) => rig.files.readFile(`${root}/consumequeue_ext/T/0/${name}`)))
    assert.ok(bytes.every(({ length }) => length === 100))
    assert.deepEqual(
      names.map(Number),
      names.map((_, index) => index * 100),
    )
    assert.equal(bytes[0]!.readInt16BE(80), -1, 'four units and the mark, as 4 bytes must stay free')
  })

  it('go with their topic, and are not made for light queues', async () => {
    const rig = await Rig.open({ ...options, enableLmq: true, enableMultiDispatch: true })
    await rig.store.put(messageWith({ properties: 'TAGS\u0001A\u0002INNER_MULTI_DISPATCH\u0001%LMQ%a\u0002' }))
    await send(rig, 0, 20)
    await rig.clock.advance(1000)
    assert.deepEqual(
      (await rig.files.list(`${root}/consumequeue_ext`)).map(({ name }) => name),
      ['T'],
    )
    await rig.clock.until(rig.store.deleteTopic('T'))
    assert.deepEqual(await rig.files.list(`${root}/consumequeue_ext`), [])
    await send(rig, 0, 10)
    assert.deepEqual(await evenOf(rig), evens(10))
    await rig.reopen()
    assert.deepEqual(await evenOf(rig), evens(10))
    await rig.store.close()
  })

  it('lose the files that only messages named of which the log is gone', async () => {
    const rig = await Rig.open(options)
    await send(rig, 0, 80)
    await rig.store.close()
    await rig.files.remove(`${root}/commitlog/00000000000000000000`)
    await rig.open()
    const min = rig.store.minOffset('T', 0)
    assert.ok(min > 10)
    assert.deepEqual(
      await evenOf(rig),
      evens(80).filter((n) => n >= min),
    )
    await rig.clock.advance(70_000)
    const names = (await rig.files.list(`${root}/consumequeue_ext/T/0`)).map(({ name }) => Number(name))
    assert.equal(Math.min(...names), Math.floor(min / 4) * 100)
    await rig.reopen()
    assert.deepEqual(
      await evenOf(rig),
      evens(80).filter((n) => n >= min),
    )
    await rig.store.close()
  })

  it('can be switched on and off between', async () => {
    const rig = await Rig.open()
    await send(rig, 0, 10)
    for (const [index, isOn] of [true, false, true].entries()) {
      await rig.store.close()
      rig.options.enableConsumeQueueExt = isOn
      rig.options.mappedFileSizeConsumeQueueExt = 100
      await rig.open()
      await send(rig, 10 * (index + 1), 10 * (index + 2))
      assert.deepEqual(await evenOf(rig), evens(10 * (index + 2)))
    }
    await rig.store.close()
  })
})
