import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ColdReads } from '../../src/read/cold-reads.ts'
import { messageWith, Rig } from '../rig.ts'

/** Reads that end when the test says so. */
class Disk {
  readonly started: string[] = []
  readonly #ends: (() => void)[] = []

  read = (name: string) => async () => {
    this.started.push(name)
    await new Promise<void>((resolve) => this.#ends.push(resolve))
    return name
  }

  async endOne(): Promise<void> {
    this.#ends.shift()!()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('reads of old messages', () => {
  it('run no more at once than allowed, and each queue has its turn', async () => {
    const disk = new Disk()
    const reads = new ColdReads({ maxUnderWay: () => 2, maxWaiting: 10 })
    const [a, b, c] = [{}, {}, {}]
    const results = [
      ...['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => reads.run(a, disk.read(name))),
      reads.run(b, disk.read('b1')),
      reads.run(c, disk.read('c1')),
    ]
    assert.deepEqual(disk.started, ['a1', 'a2'])
    assert.deepEqual([reads.underWay, reads.waiting], [2, 5])
    for (let n = 0; n < 7; n++) await disk.endOne()
    assert.deepEqual(disk.started, ['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'a5'])
    assert.deepEqual(await Promise.all(results), ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1'])
    assert.deepEqual([reads.underWay, reads.waiting], [0, 0])
  })

  it('become fewer and more as the limit moves', async () => {
    const disk = new Disk()
    let limit = 3
    const reads = new ColdReads({ maxUnderWay: () => limit, maxWaiting: 10 })
    const results = Array.from({ length: 8 }, (_, n) => reads.run({}, disk.read(`${n}`)))
    limit = 1
    await disk.endOne()
    await disk.endOne()
    assert.deepEqual([disk.started.length, reads.underWay], [3, 1])
    await disk.endOne()
    assert.deepEqual([disk.started.length, reads.underWay], [4, 1])
    limit = 3
    await disk.endOne()
    assert.deepEqual([disk.started.length, reads.underWay], [7, 3])
    for (let n = 0; n < 4; n++) await disk.endOne()
    assert.equal((await Promise.all(results)).length, 8)
    assert.deepEqual([reads.underWay, reads.waiting], [0, 0])
  })

  it('are refused as busy when too many wait', async () => {
    const disk = new Disk()
    const reads = new ColdReads({ maxUnderWay: () => 1, maxWaiting: 1 })
    const accepted = [reads.run({}, disk.read('a')), reads.run({}, disk.read('b'))]
    await assert.rejects(reads.run({}, disk.read('c')), { code: 'STORE_BUSY', message: /maxColdReads/ })
    await disk.endOne()
    await disk.endOne()
    assert.deepEqual(await Promise.all(accepted), ['a', 'b'])
  })

  it('pass their place on when one fails', async () => {
    const reads = new ColdReads({ maxUnderWay: () => 1, maxWaiting: 1 })
    const failing = reads.run({}, () => Promise.reject(new Error('EIO')))
    const next = reads.run({}, async () => 'read')
    await assert.rejects(failing, /EIO/)
    assert.equal(await next, 'read')
  })
})

it('searches by time and looks at single records take their turn among them, and who owes something does not wait', async () => {
  const rig = await Rig.open({ maxColdReads: 1, maxWaitingColdReads: 1 })
  const { physicalOffset, storeTimestamp } = await rig.clock.until(rig.store.put(messageWith()))
  await rig.reopen()
  const search = rig.store.searchOffset('T', 0, storeTimestamp, 'LOWER')
  const look = rig.store.recordAt(physicalOffset, { inTurn: true })
  await assert.rejects(rig.store.recordAt(physicalOffset, { inTurn: true }), { code: 'STORE_BUSY' })
  await assert.rejects(rig.store.searchOffset('T', 0, storeTimestamp, 'LOWER'), { code: 'STORE_BUSY' })
  const owed = rig.store.recordAt(physicalOffset)
  assert.equal(await search, 0)
  assert.deepEqual(await look, await owed)
  assert.ok((await owed) !== undefined)
  await rig.store.close()
})
