import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf } from '@cometmq/testkit/bench'
import { openBench } from '../../../bench/micro/layers.bench.ts'

test('the micro benchmark of the store runs', async () => {
  await using bench = await openBench()
  for (const [name, { operation, perCall }] of bench.benchmarks)
    assert.ok((await costOf(operation, 0.1, perCall)).ns > 0, name)
})
