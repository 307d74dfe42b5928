import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { brokerPropertyNames } from '../../src/config/known-properties.ts'
import { nearestName, slipsBetween } from '../../src/config/nearest-name.ts'

test('counts letters left out, added, replaced and swapped', () => {
  assert.equal(slipsBetween('listenPort', 'listenPort'), 0)
  assert.equal(slipsBetween('listenPrt', 'listenPort'), 1)
  assert.equal(slipsBetween('listenPoort', 'listenPort'), 1)
  assert.equal(slipsBetween('listenPost', 'listenPort'), 1)
  assert.equal(slipsBetween('listenProt', 'listenPort'), 1)
  assert.equal(slipsBetween('', 'abc'), 3)
})

test('distance is symmetric, zero only for equal texts, and at most the longer length', () => {
  const text = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const slips = slipsBetween(a, b)
      assert.equal(slips, slipsBetween(b, a))
      assert.equal(slips === 0, a === b)
      assert.ok(slips <= Math.max(a.length, b.length))
    }),
  )
})

test('names what was probably meant, and nothing when nothing is near', () => {
  assert.equal(nearestName('flushDiscType', brokerPropertyNames), 'flushDiskType')
  assert.equal(nearestName('brokername', brokerPropertyNames), 'brokerName')
  assert.equal(nearestName('nameservAddr', brokerPropertyNames), 'namesrvAddr')
  assert.equal(nearestName('colour', brokerPropertyNames), undefined)
  assert.equal(nearestName('x', brokerPropertyNames), undefined)
})
