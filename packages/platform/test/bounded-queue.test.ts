import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError, BoundedQueue } from '@cometmq/platform'
import fc from 'fast-check'

test('a full queue refuses, and what it holds stays', () => {
  const queue = new BoundedQueue<string>(2)
  assert.equal(queue.poll(), undefined)
  assert.equal(queue.peek(), undefined)
  assert.deepEqual([queue.offer('a'), queue.offer('b'), queue.offer('c')], [true, true, false])
  assert.equal(queue.size, 2)
  assert.equal(queue.peek(), 'a')
  assert.deepEqual([queue.poll(), queue.poll(), queue.poll()], ['a', 'b', undefined])
})

test('a queue needs a capacity', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN]) assert.throws(() => new BoundedQueue(capacity), AssertionError)
})

test('it does what an array with a limit does', () => {
  const operation = fc.oneof(fc.record({ offer: fc.integer() }), fc.constant('poll' as const))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(operation, { maxLength: 100 }), (capacity, operations) => {
      const queue = new BoundedQueue<number>(capacity)
      const model: number[] = []
      for (const step of operations) {
        if (step === 'poll') assert.equal(queue.poll(), model.shift())
        else {
          const fits = model.length < capacity
          if (fits) model.push(step.offer)
          assert.equal(queue.offer(step.offer), fits)
        }
        assert.equal(queue.size, model.length)
        assert.equal(queue.peek(), model[0])
      }
    }),
  )
})
