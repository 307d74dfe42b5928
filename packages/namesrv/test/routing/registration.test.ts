import assert from 'node:assert/strict'
import { test } from 'node:test'
import { register } from '../../src/routing/registration.ts'
import { liveKey, newRouteTable } from '../../src/routing/route-table.ts'
import { registerAt, registration, tableOf, topicConfig } from './registrations.ts'

const slave = { brokerId: 1, brokerAddress: '10.0.0.2:10911', haServerAddress: '10.0.0.2:10912' }

test('a master enters its cluster, its address and its topics', () => {
  const table = newRouteTable()
  const outcome = registerAt(table, registration(), 7)
  assert.deepEqual(outcome, {
    kind: 'registered',
    masterAddress: undefined,
    haServerAddress: undefined,
    minIdChange: undefined,
    isNew: true,
  })
  assert.deepEqual(table.clusters, new Map([['C', new Set(['a'])]]))
  assert.deepEqual(table.brokers.get('a')?.addresses, new Map([[0, '10.0.0.1:10911']]))
  assert.deepEqual(table.topics.get('T1')?.get('a'), {
    brokerName: 'a',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicSysFlag: 0,
  })
  assert.equal(table.live.get(liveKey('C', '10.0.0.1:10911'))?.heardOfAtMs, 7)
})

test('a slave is told where its master is, and does not speak for the topics', () => {
  const table = tableOf(registration())
  const outcome = registerAt(table, registration({ ...slave, topicNames: ['T1', 'T3'] }))
  assert.equal(outcome.kind, 'registered')
  assert.partialDeepStrictEqual(outcome, { masterAddress: '10.0.0.1:10911', haServerAddress: '10.0.0.1:10912' })
  assert.equal(table.topics.has('T3'), false)
})

test('without a master the smallest slave speaks for the topics, unless it is too old to say who it is', () => {
  const prime = tableOf(registration(slave))
  assert.equal(prime.topics.get('T1')?.get('a')?.perm, 6)
  const acting = tableOf(registration({ ...slave, enableActingMaster: true }))
  assert.equal(acting.topics.get('T1')?.get('a')?.perm, 4)
  const old = tableOf(registration({ ...slave, enableActingMaster: undefined }))
  assert.equal(old.topics.size, 0)
  const second = registration({ brokerId: 2, brokerAddress: '10.0.0.3:10911', topicNames: ['T3', 'T4'] })
  registerAt(prime, second)
  assert.equal(prime.topics.has('T3'), false)
})

test('with the same data version nothing is taken over but topics that are missing', () => {
  const table = tableOf(registration())
  const before = table.revision
  const changed = new Map([
    ['T1', topicConfig('T1', { perm: 4 })],
    ['T3', topicConfig('T3')],
  ])
  registerAt(table, registration())
  assert.equal(table.revision, before, 'a repeated registration changes nothing')
  registerAt(table, registration({ topics: changed }))
  assert.equal(table.topics.get('T1')?.get('a')?.perm, 6)
  assert.ok(table.topics.get('T3')?.has('a'))
  registerAt(table, registration({ topics: changed, counter: 2 }))
  assert.equal(table.topics.get('T1')?.get('a')?.perm, 4)
  assert.ok(table.topics.get('T2')?.has('a'), 'a topic that is no longer named stays')
})

test('with deleteTopicWithBrokerRegistration a topic that is no longer named goes', () => {
  const table = tableOf(registration(), registration({ brokerName: 'b', brokerAddress: '10.0.0.5:10911' }))
  register(table, registration({ topicNames: ['T2', 'T3'] }), { deleteTopicWithBrokerRegistration: true }, 0)
  assert.deepEqual([...table.topics.get('T1')!.keys()], ['b'])
  assert.deepEqual([...table.topics.keys()].sort(), ['T1', 'T2', 'T3'])
})

test('a single topic before the whole table is refused and leaves no trace', () => {
  const table = newRouteTable()
  assert.deepEqual(registerAt(table, registration({ topicNames: ['T1'] })), { kind: 'incomplete' })
  assert.deepEqual(table, newRouteTable())
  registerAt(table, registration())
  assert.equal(registerAt(table, registration({ topicNames: ['T3'], counter: 2 })).kind, 'registered')
  assert.ok(table.topics.has('T3') && table.topics.has('T1'))
})

test('an empty table is taken, and is no reason to refuse', () => {
  assert.equal(registerAt(newRouteTable(), registration({ topicNames: [] })).kind, 'registered')
})

test('a broker id moves to a new address', () => {
  const table = tableOf(registration())
  registerAt(table, registration({ brokerAddress: '10.0.0.9:10911' }))
  assert.deepEqual(table.brokers.get('a')?.addresses, new Map([[0, '10.0.0.9:10911']]))
})

test('a broker id that another holds with newer state is not given away', () => {
  const newer = { counter: 1, stateVersion: 3, timestamp: 1 }
  const table = tableOf(registration({ dataVersion: newer }))
  const late = registration({ brokerAddress: '10.0.0.9:10911' })
  assert.deepEqual(registerAt(table, late), { kind: 'superseded' })
  assert.deepEqual(table.brokers.get('a')?.addresses, new Map([[0, '10.0.0.1:10911']]))
  assert.equal(table.live.has(liveKey('C', '10.0.0.9:10911')), false)
})

test('a slave that becomes the master keeps its address under the new id alone', () => {
  const table = tableOf(registration(slave))
  registerAt(table, registration({ ...slave, brokerId: 0 }))
  assert.deepEqual(table.brokers.get('a')?.addresses, new Map([[0, '10.0.0.2:10911']]))
})

test('a broker that comes back under another name leaves its former one', () => {
  const table = tableOf(registration())
  registerAt(table, registration({ brokerName: 'b' }))
  assert.deepEqual([...table.brokers.keys()], ['b'])
  assert.deepEqual([...table.topics.get('T1')!.keys()], ['b'])
  assert.deepEqual(table.clusters, new Map([['C', new Set(['b'])]]))
})

test('a broker that comes back in another cluster leaves its former one', () => {
  const table = tableOf(registration())
  registerAt(table, registration({ cluster: 'D' }))
  assert.deepEqual(table.clusters, new Map([['D', new Set(['a'])]]))
  assert.equal(table.brokers.get('a')?.cluster, 'D')
  assert.equal(table.live.size, 1)
})

test('a smaller id than all others is a change that the others are told of', () => {
  const table = tableOf(registration(slave))
  const outcome = registerAt(table, registration())
  assert.partialDeepStrictEqual(outcome, {
    minIdChange: {
      brokerName: 'a',
      minBrokerId: 0,
      minBrokerAddress: '10.0.0.1:10911',
      offlineAddress: undefined,
      haAddress: '10.0.0.1:10912',
      recipients: ['10.0.0.2:10911'],
    },
  })
})

test('mappings of static topics are taken with a change', () => {
  const mapping = {
    bname: 'a',
    currIdMap: new Map([[0, 0]]),
    dirty: false,
    epoch: 1,
    scope: '__global__',
    topic: 'T1',
    totalQueues: 1,
  }
  const table = tableOf(registration({ mappings: [mapping] }))
  assert.deepEqual(table.mappings.get('T1')?.get('a'), mapping)
})

test('filter servers are set, cleared, and left alone by old brokers', () => {
  const table = tableOf(registration({ filterServers: ['10.0.0.1:1'] }))
  const key = liveKey('C', '10.0.0.1:10911')
  registerAt(table, registration({ filterServers: undefined }))
  assert.deepEqual(table.filterServers.get(key), ['10.0.0.1:1'])
  registerAt(table, registration({ filterServers: [] }))
  assert.equal(table.filterServers.size, 0)
})
