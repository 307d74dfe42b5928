import assert from 'node:assert/strict'
import { it } from 'node:test'
import { runBenchmark } from '../../bench/append.bench.ts'

it('the benchmark runs', async () => {
  const figures = await runBenchmark(1000, [128])
  assert.equal(figures.length, 4)
  for (const { name, nsPerMessage } of figures) assert.ok(nsPerMessage > 0, name)
})
