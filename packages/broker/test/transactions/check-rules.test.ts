import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeProperties, type StoredMessage } from '@cometmq/protocol/message'
import { verdictOn } from '../../src/transactions/check-rules.ts'

const rules = { transactionTimeoutMs: 6_000, transactionChecks: 15 }
const now = 1_000_000_000
const dayMs = 86_400_000

function verdict(ageMs: number, properties: Record<string, string> = {}) {
  const text = encodeProperties(Object.entries({ REAL_TOPIC: 'T1', REAL_QID: '0', ...properties }))
  const half = { properties: text, queueOffset: 9, bornTimestamp: now - ageMs } as StoredMessage
  return verdictOn(half, now, rules, 3 * dayMs)
}

test('the age decides whether a half message is checked', () => {
  assert.equal(verdict(0).kind, 'waits')
  assert.equal(verdict(6_000).kind, 'waits')
  assert.equal(verdict(6_001).kind, 'check')
  assert.equal(verdict(-1).kind, 'check')
  assert.equal(verdict(3 * dayMs).kind, 'check')
  assert.equal(verdict(3 * dayMs + 1).kind, 'unresolved')
})

test('checks are counted, up to the last', () => {
  assert.deepEqual(verdict(7_000), {
    kind: 'check',
    firstOffset: undefined,
    changes: { TRANSACTION_CHECK_TIMES: '1' },
  })
  const times = (count: string) => verdict(7_000, { TRANSACTION_CHECK_TIMES: count })
  assert.deepEqual(times('14'), { kind: 'check', firstOffset: undefined, changes: { TRANSACTION_CHECK_TIMES: '15' } })
  assert.equal(times('15').kind, 'unresolved')
  assert.equal(times('nonsense').kind, 'check')
})

test('an immune half message remembers where it was first, and is checked when the time is over', () => {
  const immune = (ageMs: number, more = {}) => verdict(ageMs, { CHECK_IMMUNITY_TIME_IN_SECONDS: '60', ...more })
  const changes = (offset: string) => ({ TRAN_PREPARED_QUEUE_OFFSET: offset })
  assert.deepEqual(immune(0), { kind: 'immune', firstOffset: undefined, changes: changes('9') })
  const moved = { TRAN_PREPARED_QUEUE_OFFSET: '4' }
  assert.deepEqual(immune(60_000, moved), { kind: 'immune', firstOffset: 4, changes: changes('4') })
  assert.deepEqual(immune(60_001, moved), { kind: 'check', firstOffset: 4, changes: { TRANSACTION_CHECK_TIMES: '1' } })
  assert.equal(verdict(6_001, { CHECK_IMMUNITY_TIME_IN_SECONDS: 'soon' }).kind, 'check')
})

test('what does not say where it belongs is given up', () => {
  assert.equal(verdict(0, { REAL_QID: 'x' }).kind, 'unresolved')
})
