import assert from 'node:assert/strict'
import { it } from 'node:test'
import { runIndexBenchmark } from '../../bench/key-index.bench.ts'

it('the benchmark of the key index runs', async () => {
  const figures = await runIndexBenchmark(1_000)
  assert.deepEqual(
    figures.map(({ name }) => name),
    ['UNIQ_KEY', 'UNIQ_KEY and TAGS'],
  )
  for (const { loopNsPerMessage } of figures) assert.ok(loopNsPerMessage > 0)
})
