import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { NumberedQueues } from '../../src/queue/numbered-queues.ts'

const number = fc.oneof(fc.nat(20), fc.constantFrom(-1, 5_000, 65_535, 65_536, 2 ** 31 - 1))
const step = fc.record({ kind: fc.constantFrom('set', 'delete'), number })

it('holds the same as a map', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queues = new NumberedQueues<string>()
      const expected = new Map<number, string>()
      for (const [at, { kind, number }] of steps.entries()) {
        if (kind === 'set') {
          queues.set(number, `${at}`)
          expected.set(number, `${at}`)
        } else {
          queues.delete(number)
          expected.delete(number)
        }
        assert.equal(queues.get(number), expected.get(number))
      }
      assert.equal(queues.size, expected.size)
      assert.deepEqual([...queues].sort(), [...expected.values()].sort())
    }),
  )
})

it('gives queues in the order of their numbers', () => {
  const queues = new NumberedQueues<string>()
  for (const number of [70_000, 7, 0, 300]) queues.set(number, `${number}`)
  assert.deepEqual([...queues], ['0', '7', '300', '70000'])
  assert.equal(queues.get(1), undefined)
  assert.equal(queues.get(69_999), undefined)
})
