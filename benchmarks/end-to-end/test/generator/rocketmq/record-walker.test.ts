import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordWalker } from '../../../generator/rocketmq/record-walker.ts'

/** Body `Hi` on topic `T`, queue 2, offset 5, property TAGS=TagA, as an Apache broker stores it. */
const record = Buffer.from(
  '00000068daa320a74d170e0e00000002000000000000000000000005' +
    '00000000000003e8000000000000018bcfe568007f0000010000c3500000018bcfe568017f00000100002a9f' +
    '000000000000000000000000000000024869' +
    '0154000a54414753015461674102',
  'hex',
)

test('a record in its place is found with its body', () => {
  const two = Buffer.concat([record, record])
  const walker = new RecordWalker()
  walker.expect(two, 0, two.length, 2, 5, 2)
  assert.equal(two.toString('utf8', walker.bodyAt, walker.bodyAt + 2), 'Hi')
  assert.equal(walker.nextAt, record.length)
})

test('a record of another queue, offset or size, or one cut off, is refused', () => {
  const walker = new RecordWalker()
  assert.throws(() => walker.expect(record, 0, record.length, 1, 5, 2), /queue 1 offset 5 was due/)
  assert.throws(() => walker.expect(record, 0, record.length, 2, 6, 2), /offset 6 was due/)
  assert.throws(() => walker.expect(record, 0, record.length, 2, 5, 3), /2 bytes of body/)
  assert.throws(() => walker.expect(record, 0, record.length - 1, 2, 5, 2), /runs past/)
  assert.throws(() => walker.expect(record, 0, 40, 2, 5, 2), /cut off/)
  const wrong = Buffer.from(record)
  wrong[4] = 0
  assert.throws(() => walker.expect(wrong, 0, wrong.length, 2, 5, 2), /magic/)
})
