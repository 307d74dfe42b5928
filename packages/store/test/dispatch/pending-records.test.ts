import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PendingRecord } from '../../src/dispatch/dispatcher.ts'
import { PendingRecords } from '../../src/dispatch/pending-records.ts'
import { KeyHasher } from '../../src/index-files/key-hasher.ts'

type Step = { kind: 'add'; count: number; keys: number } | { kind: 'write'; share: number } | { kind: 'takeBack' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      count: fc.integer({ min: 1, max: 700 }),
      keys: fc.nat(3),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'takeBack' as const }) },
)

interface Known {
  record: PendingRecord
  hashes: number[]
}

/** A record and its keys, all made from where it lies. */
function recordAt(physicalOffset: number, keys: number, hasher: KeyHasher): Known {
  const record = {
    queue: undefined,
    queueOffset: physicalOffset + 1,
    physicalOffset,
    size: 10,
    tagsCode: physicalOffset + 2,
    storeTimestamp: physicalOffset + 3,
    targets: physicalOffset % 3 === 0 ? [] : undefined,
    batch: undefined,
    answer: physicalOffset % 2 === 0 ? { settle: () => {} } : undefined,
  }
  const text = Array.from({ length: keys }, (_, index) => `${physicalOffset}-${index}`).join(' ')
  const count = hasher.hash('T', `KEYS\u0001${text}`)
  return { record, hashes: [...hasher.hashes.subarray(0, count)] }
}

test('rows are a list of records, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const rows = new PendingRecords()
      const hasher = new KeyHasher()
      let model: Known[] = []
      let end = 0
      const add = (keys: number) => {
        const known = recordAt(end, keys, hasher)
        rows.add(known.record, known.hashes.length > 0 ? hasher : undefined)
        model.push(known)
        end += 10
      }
      for (const one of steps) {
        if (one.kind === 'add') for (let n = 0; n < one.count; n++) add(one.keys)
        else if (one.kind === 'takeBack') {
          assert.deepEqual(
            rows.takeBack(),
            model.map(({ record }) => record),
          )
          model = []
        } else {
          const taken = Math.floor((model.length * one.share) / 100)
          const from = rows.takeWritten(
            taken === 0 ? (model[0]?.record.physicalOffset ?? 0) : model[taken - 1]!.record.physicalOffset + 1,
          )
          assert.equal(rows.head - from, taken)
          const behind = rows.head
          // While rows are told of, others come.
          const written = model.splice(0, taken)
          add(one.share % 3)
          let at = rows.hashesFrom
          for (const [index, { record, hashes }] of written.entries()) {
            const row = from + index
            assert.equal(rows.physicalOffset(row), record.physicalOffset)
            assert.equal(rows.queueOffset(row), record.queueOffset)
            assert.equal(rows.tagsCode(row), record.tagsCode)
            assert.equal(rows.storeTimestamp(row), record.storeTimestamp)
            assert.equal(rows.size(row), record.size)
            assert.equal(rows.answer(row), record.answer)
            assert.equal(rows.targets(row), record.targets)
            assert.deepEqual([...rows.hashes.subarray(at, at + rows.keyCount(row))], hashes)
            at += rows.keyCount(row)
          }
          rows.release(behind)
        }
        assert.equal(rows.waiting, model.length)
      }
    }),
    { numRuns: 200 },
  )
})
