import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CheckPoint } from '../../src/pop/check-point.ts'
import { OpenBatches } from '../../src/pop/open-batches.ts'

const point = (more: Partial<CheckPoint> = {}): CheckPoint => ({
  ...{ topic: 'T', group: 'G', queueId: 0, startOffset: 100, popTime: 1_000, brokerName: 'broker-a' },
  ...{ invisibleTime: 500, deltas: [0, 1, 5], bits: 0, suspend: false },
  ...more,
})

test('a batch is open until all of it is done', () => {
  const open = new OpenBatches()
  open.opened(3, 7, 0, point())
  const batch = open.due.first!
  assert.deepEqual([batch.dueMs, open.offsetsLeft(batch), open.oldest(3)?.reviveOffset], [1_500, [100, 101, 105], 7])
  open.acknowledged(3, point(), [100, 105, 104])
  assert.deepEqual(open.offsetsLeft(batch), [101])
  open.acknowledged(3, point(), [101])
  assert.deepEqual([open.size, open.due.size, open.oldest(3)], [0, 0, undefined])
})

test('batches of 31 and 32 messages are done when all of their messages are', () => {
  for (const count of [31, 32]) {
    const open = new OpenBatches()
    const deltas = Array.from({ length: count }, (_, i) => i)
    open.opened(0, 0, 0, point({ deltas }))
    for (const delta of deltas) {
      assert.equal(open.size, 1)
      open.acknowledged(0, point(), [100 + delta])
    }
    assert.equal(open.size, 0)
  }
})

test('a batch that is noted again keeps what is done, and is the last of its queue', () => {
  const open = new OpenBatches()
  open.opened(0, 0, 0, point())
  open.opened(0, 1, 0, point({ startOffset: 200 }))
  open.acknowledged(0, point(), [100])
  open.opened(0, 2, 9, point({ bits: 2 }))
  assert.equal(open.oldest(0)?.point.startOffset, 200)
  assert.equal(open.size, 2)
  open.acknowledged(0, point(), [105])
  assert.equal(open.size, 1)
})

test('an acknowledgement that comes before its check point counts', () => {
  const open = new OpenBatches()
  open.acknowledged(0, point(), [100])
  open.acknowledged(0, point(), [105])
  open.opened(0, 2, 0, point())
  assert.deepEqual(open.offsetsLeft(open.due.first!), [101])
})
