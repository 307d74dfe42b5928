import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measure, operations } from '../bench/record.bench.ts'

test('the micro benchmark runs', () => {
  for (const [name, operation] of operations()) assert.ok(measure(operation, 1) > 0, name)
})
