import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '../options.ts'
import { allWorkloadNames, isOfRocketmq, loadWorkload, parseWorkloads, runsIn } from '../workloads.ts'

test('all workloads have names that are understood, and sizes of one own are too', () => {
  const options = parseOptions(['--workload', 'all,send-2k-64,all', '--flush', 'async,sync'])
  assert.deepEqual(
    options?.workloads.map(({ name }) => name),
    [...allWorkloadNames, 'send-2k-64'],
  )
  assert.deepEqual(options?.flushModes, ['async', 'sync'])
  assert.deepEqual(options?.workloads.at(-1), loadWorkload('send', 'send-2k-64', 2048, 64))
})

test('a name says what is done', () => {
  const [batch, queues, many, java, fan, rate, late, recovery] = parseWorkloads(
    'batch-1k-2,send-1k-64-q10000,send-1k-1000-c1000,java-send-1k-8,fan-1k-20,rate-1k-20000,catch-up-1k-4,recovery-4k',
  )
  const load = (kind: 'send' | 'tail', name: string, inFlight: number) => loadWorkload(kind, name, 1024, inFlight)
  assert.deepEqual(batch, { ...load('send', 'batch-1k-2', 2), batch: 32 })
  assert.deepEqual(queues, { ...load('send', 'send-1k-64-q10000', 64), queues: 10_000 })
  assert.deepEqual(many, { ...load('send', 'send-1k-1000-c1000', 1000), connections: 1000 })
  assert.deepEqual(java, { ...load('send', 'java-send-1k-8', 8), client: 'java' })
  assert.deepEqual(fan, { ...load('tail', 'fan-1k-20', 64), groups: 20 })
  assert.deepEqual(rate, { ...load('tail', 'rate-1k-20000', 8_192), ratePerSecond: 20_000 })
  assert.deepEqual(late, { kind: 'catch-up', name: 'catch-up-1k-4', bodyBytes: 1024, inFlight: 4 })
  assert.deepEqual(recovery, { kind: 'recovery', name: 'recovery-4k', bodyBytes: 4096, inFlight: 0 })
})

test('what is special about a message is said in the name as well', () => {
  const [pop, delay, timer, transaction, plain] = parseWorkloads(
    'pop-1k-64,delay-1k-1000,timer-1k-10000,transaction-1k-8,send-1k-8',
  )
  const load = (kind: 'send' | 'tail', name: string, inFlight: number) => loadWorkload(kind, name, 1024, inFlight)
  const rate = (special: string, ratePerSecond: number) => ({
    ...load('tail', `${special}-1k-${ratePerSecond}`, 8_192),
    ...{ special, ratePerSecond },
  })
  assert.deepEqual(pop, { ...load('tail', 'pop-1k-64', 64), special: 'pop' })
  assert.deepEqual(delay, rate('delay', 1_000))
  assert.deepEqual(timer, rate('timer', 10_000))
  assert.deepEqual(transaction, { ...load('send', 'transaction-1k-8', 8), special: 'transaction' })
  assert.deepEqual(
    [pop, delay, timer, transaction, plain].map((workload) => isOfRocketmq(workload!)),
    [...[true, true, true, true], false],
  )
})

test('a workload may be for one flush mode only', () => {
  const workloads = parseWorkloads('send-1k-1,send-1k-64@sync,read-1k-4@async')
  const names = (flush: 'async' | 'sync', asked: readonly ('async' | 'sync')[]) =>
    workloads.filter(runsIn(flush, asked)).map(({ name }) => name)
  assert.deepEqual(names('async', ['async']), ['send-1k-1', 'read-1k-4'])
  assert.deepEqual(names('sync', ['async']), ['send-1k-64'])
  assert.deepEqual(names('sync', ['async', 'sync']), ['send-1k-1', 'send-1k-64'])
  assert.deepEqual(names('async', ['sync']), ['read-1k-4'])
  assert.ok(parseWorkloads('goals').some(runsIn('sync', ['async'])))
})

test('the short form has its own defaults, which arguments override', () => {
  const options = parseOptions(['--smoke', '--rounds', '1'])
  assert.deepEqual([options?.rounds, options?.windowSeconds, options?.warmUpSeconds], [1, 2, 10])
})

test('help is no run, and nonsense says what to give instead', () => {
  assert.equal(parseOptions(['--help']), undefined)
  for (const name of ['send-fast', 'send-1k', 'recovery-4k-4', 'java-read-1k-4', 'fan-1k-5-q8'])
    assert.throws(() => parseOptions(['--workload', name]), new RegExp(`no workload is called ${name}: take one of`))
  assert.throws(() => parseOptions(['--against', 'pulsar']), /no server is called pulsar/)
  assert.throws(() => parseOptions(['--rounds', 'x']), /--rounds takes a number from 1/)
  assert.throws(() => parseOptions(['--flush', 'never']), /--flush takes async or sync/)
})
