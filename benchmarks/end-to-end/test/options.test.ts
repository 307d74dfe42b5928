import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '../options.ts'
import { allWorkloadNames } from '../workloads.ts'

test('all workloads have names that are understood, and sizes of one own are too', () => {
  const options = parseOptions(['--workload', 'all,send-4k-64,all', '--flush', 'async,sync'])
  assert.deepEqual(
    options?.workloads.map(({ name }) => name),
    [...allWorkloadNames, 'send-4k-64'],
  )
  assert.deepEqual(options?.flushModes, ['async', 'sync'])
  const last = options?.workloads.at(-1)
  assert.deepEqual(last, { kind: 'send', name: 'send-4k-64', bodyBytes: 4096, inFlight: 64 })
})

test('the short form has its own defaults, which arguments override', () => {
  const options = parseOptions(['--smoke', '--rounds', '1'])
  assert.deepEqual([options?.rounds, options?.windowSeconds, options?.warmUpSeconds], [1, 2, 10])
})

test('help is no run, and nonsense says what to give instead', () => {
  assert.equal(parseOptions(['--help']), undefined)
  assert.throws(() => parseOptions(['--workload', 'send-fast']), /no workload is called send-fast: take one of/)
  assert.throws(() => parseOptions(['--against', 'kafka']), /no server is called kafka/)
  assert.throws(() => parseOptions(['--rounds', 'x']), /--rounds takes a number from 1/)
  assert.throws(() => parseOptions(['--flush', 'never']), /--flush takes async or sync/)
})
