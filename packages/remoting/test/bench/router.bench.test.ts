import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf } from '@cometmq/testkit/bench'
import { benchmarks } from '../../bench/router.bench.ts'

test('the micro benchmark runs', async () => {
  for (const [name, { operation, perCall }] of benchmarks())
    assert.ok((await costOf(operation, 0.1, perCall)).ns > 0, name)
})
