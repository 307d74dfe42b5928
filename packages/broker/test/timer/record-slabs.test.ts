import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '@cometmq/testkit/sim'
import { RecordSlabs, slabBytes } from '../../src/timer/record-slabs.ts'

test('records come out as they went in, whatever the order, and their memory is used again', () => {
  const random = new SeededRandom(3)
  const slabs = new RecordSlabs(4 * slabBytes)
  const kept: { held: number; record: Buffer }[] = []
  let refused = 0
  for (let i = 0; i < 4_000; i++) {
    const record = Buffer.alloc(1 + random.int(20_000), i)
    const held = slabs.add(record)
    if (held < 0) refused++
    else kept.push({ held, record })
    while (kept.length > 0 && (held < 0 || random.int(2) > 0)) {
      const [one] = kept.splice(random.int(kept.length), 1)
      assert.deepEqual(slabs.take(one!.held, one!.record.length), one!.record)
      if (held >= 0) break
    }
    assert.ok(slabs.bytes <= 4 * slabBytes)
  }
  assert.ok(refused > 0)
  for (const { held, record } of kept) assert.deepEqual(slabs.take(held, record.length), record)
  assert.equal(slabs.bytes, 0)
})

test('what is larger than a piece of memory has no room', () => {
  const slabs = new RecordSlabs(2 * slabBytes)
  assert.equal(slabs.add(Buffer.alloc(slabBytes + 1)), -1)
  assert.notEqual(slabs.add(Buffer.alloc(slabBytes)), -1)
  assert.notEqual(slabs.add(Buffer.alloc(slabBytes)), -1)
  assert.equal(slabs.add(Buffer.alloc(1)), -1)
})
