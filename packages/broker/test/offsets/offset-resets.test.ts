import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerLimits } from '../../src/limits.ts'
import { OffsetResets } from '../../src/offsets/offset-resets.ts'

test('a reset is taken once, and goes with its topic and its group', () => {
  const resets = new OffsetResets()
  for (const [group, topic] of [
    ['G', 'T'],
    ['G', 'T2'],
    ['G2', 'T2'],
  ] as const)
    resets.set(group, topic, 0, 7)
  assert.equal(resets.take('G', 'T', 1), undefined)
  assert.deepEqual([resets.take('G', 'T', 0), resets.take('G', 'T', 0)], [7, undefined])
  resets.removeGroup('G2')
  assert.deepEqual([resets.has('G', 'T2', 0), resets.has('G2', 'T2', 0)], [true, false])
  resets.removeTopic('T2')
  assert.equal(resets.size, 0)
})

test('one too many is refused; one that waits already is replaced', () => {
  const resets = new OffsetResets()
  for (let queueId = 0; queueId < brokerLimits.offsetResets; queueId++) resets.set('G', 'T', queueId, 1)
  assert.throws(() => resets.set('G', 'T2', 0, 1), /100000 queues wait for their consumers to be told of a reset/)
  resets.set('G', 'T', 5, 2)
  assert.equal(resets.take('G', 'T', 5), 2)
})
