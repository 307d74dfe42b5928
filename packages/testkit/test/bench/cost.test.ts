import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf, medianCost } from '@cometmq/testkit/bench'

test('the median of each figure stands for all rounds', () => {
  const costs = [
    { ns: 5, heapBytes: 1 },
    { ns: 1, heapBytes: 9 },
    { ns: 3, heapBytes: 2 },
  ]
  assert.deepEqual(medianCost(costs), { ns: 3, heapBytes: 2 })
  assert.deepEqual(medianCost(costs.slice(0, 2)), { ns: 3, heapBytes: 5 })
})

test('what an operation takes from the heap is seen, collected or not', async () => {
  const kept: unknown[] = []
  const { ns, heapBytes } = await costOf(() => {
    kept[0] = new Array(128).fill(kept)
    return kept
  }, 20)
  assert.ok(ns > 0)
  // 128 pointers, of 4 or 8 bytes, and two headers.
  assert.ok(heapBytes > 500 && heapBytes < 1_300, `${heapBytes}`)
})

test('promises are awaited, and a call may stand for several operations', async () => {
  let running = 0
  const operation = async () => {
    assert.equal(running++, 0)
    await null
    running--
  }
  const { ns } = await costOf(operation, 1, 1_000_000)
  assert.ok(ns < 1)
})
