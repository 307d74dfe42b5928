import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '@cometmq/testkit/sim'
import { DueHeap } from '../../src/timer/due-heap.ts'

const unit = (physicalOffset: number) => ({ bits: 1, writtenMs: 5, dueMs: 0, physicalOffset, size: 77, topicHash: -3 })

test('the first due comes first, those due together in the order of the log, while others come and go', () => {
  const random = new SeededRandom(1)
  const heap = new DueHeap()
  const model: { dueMs: number; physicalOffset: number }[] = []
  const next = () => model.sort((a, b) => a.dueMs - b.dueMs || a.physicalOffset - b.physicalOffset)[0]
  for (let i = 0; i < 6_000; i++) {
    if (random.int(3) > 0 || model.length === 0) {
      const dueMs = 1_790_000_000_000 + random.int(300)
      heap.push(unit(i), dueMs, 1_790_000_000, i % 2 === 0 ? i : undefined)
      model.push({ dueMs, physicalOffset: i })
    }
    if (i % 200 !== 199) continue
    for (let taken = random.int(model.length); taken > 0; taken--) {
      const wanted = next()!
      assert.equal(heap.firstDueMs, wanted.dueMs)
      assert.deepEqual(heap.pop(), {
        unit: { ...unit(wanted.physicalOffset), dueMs: wanted.dueMs },
        second: 1_790_000_000,
        held: wanted.physicalOffset % 2 === 0 ? wanted.physicalOffset : -1,
      })
      model.shift()
      assert.equal(heap.size, model.length)
    }
  }
})

test('empty', () => {
  const heap = new DueHeap()
  assert.equal(heap.pop(), undefined)
  assert.equal(heap.firstDueMs, Number.POSITIVE_INFINITY)
  for (let i = 0; i < 3_000; i++) heap.push(unit(i), i, 1)
  for (let i = 0; i < 3_000; i++) assert.equal(heap.pop()!.unit.physicalOffset, i)
  assert.equal(heap.size, 0)
  heap.push(unit(7), 7, 1)
  assert.equal(heap.pop()!.unit.dueMs, 7)
})
