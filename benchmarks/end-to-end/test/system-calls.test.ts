import assert from 'node:assert/strict'
import { test } from 'node:test'
import { totalOf } from '../system-calls.ts'

test("the sum is read from strace's summary, and its absence is told", () => {
  const summary =
    'strace: Process 7 detached\n    calls syscall\n--------- ----\n       12 futex\n      132 write\n--------- ----\n      144 total\n'
  assert.equal(totalOf(summary), 144)
  assert.throws(() => totalOf('strace: attach: Operation not permitted'), /no sum: .*not permitted/)
})
