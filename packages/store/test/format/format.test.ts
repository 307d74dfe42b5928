import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import {
  checkpointFileBytes,
  decodeCheckpoint,
  emptyCheckpoint,
  encodeCheckpoint,
  fileNameOf,
  fillerUnits,
  isFillerUnit,
  isUnit,
  startOffsetOf,
  unitBytes,
  unitPhysicalOffset,
  unitRecordSize,
  unitTagsCode,
  writeUnit,
} from '../../src/format/index.ts'

it('names files by 20 digits, and reads no other name', () => {
  assert.equal(fileNameOf(1_073_741_824), '00000000001073741824')
  for (const name of [
    '1073741824',
    '0000000000107374182x',
    '.nfs0001',
    '000000000010737418240',
    '99999999999999999999',
  ]) {
    assert.equal(startOffsetOf(name), undefined)
  }
  fc.assert(fc.property(fc.maxSafeNat(), (offset) => startOffsetOf(fileNameOf(offset)) === offset))
})

it('writes queue units as RocketMQ does', () => {
  const bytes = Buffer.alloc(40)
  writeUnit(bytes, 20, 1000, 104, -1)
  assert.equal(bytes.toString('hex', 20), `${'00000000000003e8'}${'00000068'}${'ffffffffffffffff'}`)
  assert.ok(!isUnit(bytes, 0), 'zeros are no unit')
  assert.ok(isUnit(bytes, 20))
})

it('gives units back as they were written', () => {
  const unit = fc.tuple(fc.maxSafeNat(), fc.integer({ min: 1, max: 0x7fffffff }), fc.maxSafeInteger())
  fc.assert(
    fc.property(unit, ([physicalOffset, size, tagsCode]) => {
      const bytes = Buffer.alloc(unitBytes)
      writeUnit(bytes, 0, physicalOffset, size, tagsCode)
      assert.deepEqual(
        [unitPhysicalOffset(bytes, 0), unitRecordSize(bytes, 0), unitTagsCode(bytes, 0)],
        [physicalOffset, size, tagsCode],
      )
    }),
  )
})

it('fills the place before the first unit of a queue with units that point at nothing', () => {
  const bytes = fillerUnits(2)
  assert.equal(bytes.toString('hex'), '00000000000000007fffffff0000000000000000'.repeat(2))
  assert.ok(isUnit(bytes, 20) && isFillerUnit(bytes, 20))
})

it('writes and reads the checkpoint, and trusts no damaged one', () => {
  const checkpoint = {
    ...emptyCheckpoint(),
    physicMsgTimestamp: 1,
    logicsMsgTimestamp: 2,
    indexMsgTimestamp: 3,
    confirmPhyOffset: 5,
    logicsPhysicalOffset: 6,
  }
  const bytes = encodeCheckpoint(checkpoint)
  assert.equal(bytes.length, checkpointFileBytes)
  assert.equal(bytes.readBigInt64BE(40), 6n)
  assert.deepEqual(decodeCheckpoint(bytes), checkpoint)
  assert.equal(decodeCheckpoint(bytes.subarray(0, 47)), undefined)
  bytes[40] = 0x7f
  assert.equal(decodeCheckpoint(bytes), undefined)
})

it('vouches for the log only with its own mark, which a change of any field by somebody else takes away', () => {
  const bytes = encodeCheckpoint({ ...emptyCheckpoint(), logicsPhysicalOffset: 4096, durableLogOffset: 4096 })
  assert.equal(decodeCheckpoint(bytes)?.durableLogOffset, 4096)
  for (let at = 0; at < 68; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    assert.equal(decodeCheckpoint(changed)?.durableLogOffset ?? 0, 0, `byte ${at}`)
  }
  assert.equal(decodeCheckpoint(bytes.subarray(0, 48))?.durableLogOffset, 0)
})
