import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { benchmarks } from '../../bench/run.ts'

const tiny = { seconds: 0.02, rounds: 1, backlogBytes: 2 * 1024 * 1024 }

describe('every benchmark of the store runs', () => {
  for (const [name, run] of benchmarks) {
    it(name, async () => {
      const figures = await run(tiny)
      assert.ok(figures.length > 0)
      for (const figure of figures) assert.ok(figure.operations > 0, figure.name)
    })
  }
})
