import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BloomFilter } from '../../src/filter/bloom-filter.ts'

test('bits are those of Apache RocketMQ 5.5.0', () => {
  const bloom = new BloomFilter(20, 32)
  assert.deepEqual(bloom.dataOf('GID', 'TopicTest'), { bitNum: 112, bitPos: [22, 38, 54] })
  assert.deepEqual(bloom.dataOf('a-much-longer-group-name-for-it', 'and-a-topic'), {
    bitNum: 112,
    bitPos: [45, 75, 105],
  })
})

test('a subscription is a candidate when all of its bits are set, the lowest bit of a byte first', () => {
  const data = { bitNum: 112, bitPos: [22, 38, 54] }
  const bitmap = new Uint8Array(14)
  bitmap[2] = 1 << 6
  bitmap[4] = 1 << 6
  assert.equal(BloomFilter.isSet(bitmap, data), false)
  bitmap[6] = 1 << 6
  assert.equal(BloomFilter.isSet(bitmap, data), true)
})

test('data of a filter with other settings is not valid', () => {
  const data = new BloomFilter(20, 32).dataOf('G', 'T')
  assert.equal(new BloomFilter(20, 32).isValid(data), true)
  assert.equal(new BloomFilter(10, 32).isValid(data), false)
  assert.equal(new BloomFilter(20, 64).isValid(data), false)
})
