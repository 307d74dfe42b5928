import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentEntries } from '../../src/transactions/recent-entries.ts'

test('the last entries are remembered, and never more than twice as many', () => {
  const entries = new RecentEntries<number, string>(10)
  for (let i = 0; i < 1_000; i++) {
    entries.set(i, `v${i}`)
    for (let back = 0; back < 10 && back <= i; back++) assert.equal(entries.get(i - back), `v${i - back}`)
    assert.ok(entries.size < 20, `${entries.size} entries`)
  }
  assert.equal(entries.get(900), undefined)
})

test('an entry is deleted, or takes a new value, wherever it is', () => {
  const entries = new RecentEntries<number, string>(3)
  for (let i = 0; i < 4; i++) entries.set(i, 'old')
  entries.delete(0)
  entries.set(1, 'new')
  assert.deepEqual([entries.get(0), entries.get(1), entries.get(2), entries.size], [undefined, 'new', 'old', 3])
})
