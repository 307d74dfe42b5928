import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnitsRead } from '../../src/queue/units-read.ts'

/** Units of one byte that tell their offset. */
const units = (from: number, count: number) => Buffer.from(Array.from({ length: count }, (_, i) => (from + i) % 256))

test('what was read for several readers of a queue is there for each of them', () => {
  const read = new UnitsRead(1)
  const queue = {}
  for (const from of [0, 1_000, 500]) read.keep(queue, from, units(from, 100))
  for (const from of [20, 520, 1_020]) assert.deepEqual(read.view(queue, from, from + 32), units(from, 32))
  assert.equal(read.view(queue, 90, 101), undefined, 'not all of it')
  assert.equal(read.view({}, 20, 21), undefined, 'another queue')
  assert.deepEqual(
    [100, 101, 600, 1_100, 1_101].map((from) => read.goesOn(queue, from)),
    [true, false, true, true, false],
  )
  read.forget(queue)
  assert.equal(read.view(queue, 20, 21), undefined)
})

test('of one queue and of all only so much is kept, the oldest goes', () => {
  const read = new UnitsRead(1)
  const busy = {}
  for (let from = 0; from < 33; from++) read.keep(busy, from * 100, units(0, 10))
  assert.equal(read.view(busy, 0, 1), undefined)
  assert.ok(read.view(busy, 100, 101))
  const others = Array.from({ length: 511 }, () => ({}))
  for (const queue of others) read.keep(queue, 0, units(0, 10))
  assert.equal(read.view(busy, 3_100, 3_101), undefined)
  assert.ok(read.view(busy, 3_200, 3_201), 'the last one of the first queue')
  assert.ok(others.every((queue) => read.view(queue, 0, 10)))
})
