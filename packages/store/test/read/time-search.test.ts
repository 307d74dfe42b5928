import assert from 'node:assert/strict'
import { it } from 'node:test'
import { messageWith, Rig } from '../rig.ts'

it('finds messages by the time they were stored at', async () => {
  const rig = await Rig.open()
  const times: number[] = []
  for (const waitMs of [0, 0, 10, 20, 0, 30]) {
    await rig.clock.advance(waitMs)
    times.push((await rig.clock.until(rig.store.put(messageWith()))).storeTimestamp)
  }
  const [first, , third, fourth, , last] = times as [number, number, number, number, number, number]
  const search = (timestamp: number, boundary: 'LOWER' | 'UPPER') => rig.store.searchOffset('T', 0, timestamp, boundary)
  for (const reopen of [false, true]) {
    if (reopen) await rig.reopen()
    assert.equal(await search(first, 'LOWER'), 0)
    assert.equal(await search(first, 'UPPER'), 1, 'the last of those with the same time')
    assert.equal(await search(third, 'LOWER'), 2)
    assert.equal(await search(third + 1, 'LOWER'), 3)
    assert.equal(await search(third + 1, 'UPPER'), 2)
    assert.equal(await search(fourth, 'UPPER'), 4)
    assert.equal(await search(last + 1, 'LOWER'), 6)
    assert.equal(await search(last + 1, 'UPPER'), 5)
    assert.equal(await search(0, 'LOWER'), 0)
    assert.equal(await search(0, 'UPPER'), 0)
    assert.equal(await rig.store.earliestStoreTime('T', 0), first)
  }
  assert.equal(await rig.store.searchOffset('unknown', 0, 1, 'LOWER'), 0)
  assert.equal(await rig.store.earliestStoreTime('unknown', 0), -1)
  await rig.store.close()
})
