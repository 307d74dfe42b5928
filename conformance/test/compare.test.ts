import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judge } from '../compare.ts'
import type { Fact, ScenarioResult } from '../results.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import type { Side } from '../servers.ts'

const scenario: Scenario = {
  ...{ name: 'delay', title: 'A delay', area: 'transactions', client: 'java' },
  bounds: { delayedMs: 20_000 },
  promised: { consumed: true },
}
const start = () => Promise.reject(new Error('nothing is started here'))
const side = (kind: 'apache' | 'cometmq'): Side => ({
  ...{ label: kind, namesrvPort: 0, brokerPort: 0 },
  program: { kind, start, startNameServer: start, startBroker: start },
})
const sides = [side('apache'), side('cometmq')]

function result(facts: Record<string, Fact>, measurements: Record<string, number> = {}): ScenarioResult {
  return { scenario: 'delay', error: null, facts, measurements, tookMs: 1 }
}

function problemsOf(apache: ScenarioResult, cometmq: ScenarioResult): readonly string[] {
  return judge({ scenario: 'delay', client: 'java-5.5.0', results: { apache, cometmq } }, scenario, sides, []).problems
}

describe('a bound', () => {
  it('is kept, or exceeded', () => {
    const apache = result({ consumed: true }, { delayedMs: 5_000 })
    assert.deepEqual(problemsOf(apache, result({ consumed: true }, { delayedMs: 19_000 })), [])
    const late = result({ consumed: true }, { delayedMs: 21_000 })
    assert.deepEqual(problemsOf(apache, late), ['cometmq: delayedMs 21000 exceeds 20000'])
  })

  it("is what Apache's broker took where that is longer", () => {
    const apache = result({ consumed: true }, { delayedMs: 22_000 })
    assert.deepEqual(problemsOf(apache, result({ consumed: true }, { delayedMs: 21_000 })), [])
  })

  it('is not judged where a fact says why nothing could be measured', () => {
    const nothing = result({ consumed: false })
    assert.deepEqual(problemsOf(nothing, nothing), ['cometmq: consumed is false, not true'])
  })

  it('is asked for when nothing went wrong', () => {
    const unmeasured = result({ consumed: true })
    assert.deepEqual(problemsOf(unmeasured, unmeasured), ['cometmq: delayedMs was not measured'])
  })
})
