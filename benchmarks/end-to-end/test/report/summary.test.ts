import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkBounds } from '../../recorded-bounds.ts'
import type { Measurement } from '../../report/measurement.ts'
import { ratiosTo, spreadOf, summarise } from '../../report/summary.ts'
import { renderTables } from '../../report/table.ts'

function measured(server: string, round: number, cpu: number, rate: number): Measurement {
  const figures = { serverCpuSecondsPerMillion: cpu, messagesPerSecond: rate }
  return { flush: 'async', workload: 'send-1k-64', server, round, figures }
}

const measurements = [
  measured('apache', 1, 40, 1000),
  measured('cometmq', 1, 4, 4000),
  measured('apache', 2, 80, 500),
  measured('cometmq', 2, 12, 2500),
  measured('apache', 3, 40, 1000),
]

test('median, least and greatest of odd and even counts', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, least: 1, greatest: 3 })
  assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, least: 1, greatest: 4 })
  assert.throws(() => spreadOf([]), RangeError)
})

test('ratios are taken round by round, over the rounds that both finished', () => {
  const [ratio] = ratiosTo('apache', measurements)
  assert.equal(ratio?.rounds, 2)
  assert.deepEqual(ratio?.figures.messagesPerSecond, { median: 4.5, least: 4, greatest: 5 })
  assert.deepEqual(ratio?.figures.serverCpuSecondsPerMillion, { median: 0.125, least: 0.1, greatest: 0.15 })
})

test('only a best round above twice the recorded ratio is a gross loss', () => {
  const ratios = ratiosTo('apache', measurements)
  const name = 'cometmq/apache async send-1k-64 CPU per message'
  assert.deepEqual(checkBounds(ratios, {}), [])
  assert.equal(checkBounds(ratios, { [name]: 0.05 })[0]?.broken, false)
  assert.equal(checkBounds(ratios, { [name]: 0.049 })[0]?.broken, true)
})

test('the table has a row a server and one a comparison', () => {
  const text = renderTables(summarise(measurements), ratiosTo('apache', measurements))
  assert.equal(text.split('\n').length, 4)
  assert.match(text, /1 000 \[500–1 000\]/)
  assert.match(text, /÷ apache +×4\.50 \[4\.00–5\.00\]/)
})
