import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProperties, propertyNames, propertyOf } from '@cometmq/protocol/message'
import fc from 'fast-check'
import { PropertyMarker } from '../../src/messaging/message-properties.ts'

const marks = { region: 'R', traceOn: false, clusterName: 'C' }
const name = fc.oneof(
  fc.constantFrom('UNIQ_KEY', 'MSG_REGION', 'TRACE_ON', 'CLUSTER', 'POP_CK', 'TAGS', 'MY_CLUSTER', 'CLUSTER2'),
  fc.string({ minLength: 1 }),
)
const text = (each: fc.Arbitrary<string>) =>
  each.map((value) => value.replaceAll('\u0001', '').replaceAll('\u0002', '') || 'x')

test('whatever the properties were, they have the marks, a key, and all else as it was', () => {
  const entries = fc.array(fc.tuple(text(name), text(fc.oneof(fc.string(), name))), { maxLength: 8 })
  fc.assert(
    fc.property(entries, fc.boolean(), (pairs, isClosed) => {
      const given = pairs.map(([key, value]) => `${key}\u0001${value}`).join('\u0002') + (isClosed ? '\u0002' : '')
      const before = decodeProperties(given)
      let made = 0
      const marker = new PropertyMarker(marks, () => `KEY${++made}`)
      const { properties, uniqKey } = marker.mark(given)
      const after = decodeProperties(properties)
      assert.equal(uniqKey, before.get('UNIQ_KEY') ?? 'KEY1')
      const expected = new Map(before)
      for (const [key, value] of Object.entries({ MSG_REGION: 'R', TRACE_ON: 'false', CLUSTER: 'C' }))
        expected.set(key, value)
      expected.set('UNIQ_KEY', uniqKey)
      expected.delete('POP_CK')
      assert.deepEqual(Object.fromEntries(after), Object.fromEntries(expected))
      assert.ok(properties.endsWith('\u0002'))
    }),
  )
})

test('the usual properties keep their order and get the marks behind them', () => {
  const marker = new PropertyMarker(marks, () => 'unused')
  const given = 'UNIQ_KEY\u0001K\u0002WAIT\u0001true\u0002'
  assert.equal(
    marker.mark(given).properties,
    `${given}MSG_REGION\u0001R\u0002TRACE_ON\u0001false\u0002CLUSTER\u0001C\u0002`,
  )
})

test('marks that an administrator changes are those of the next message', () => {
  const marks = { region: 'R1', traceOn: true, clusterName: 'C' }
  const marker = new PropertyMarker(marks, () => 'unused')
  const sent = 'UNIQ_KEY\u0001K\u0002'
  assert.equal(propertyOf(marker.mark(sent).properties, propertyNames.MSG_REGION), 'R1')
  marks.region = 'R2'
  marks.traceOn = false
  const { properties } = marker.mark(sent)
  assert.equal(propertyOf(properties, propertyNames.MSG_REGION), 'R2')
  assert.equal(propertyOf(properties, propertyNames.TRACE_ON), 'false')
  assert.equal(properties, sent + marker.suffixBytes.toString())
})
