import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRouteTable } from '../../src/routing/route-table.ts'
import { unregister } from '../../src/routing/unregistration.ts'
import { registration, tableOf } from './registrations.ts'

const master = registration({ enableActingMaster: true })
const slave = registration({ enableActingMaster: true, brokerId: 1, brokerAddress: '10.0.0.2:10911' })
const other = registration({ brokerName: 'b', brokerAddress: '10.0.0.5:10911' })

test('the last broker of a group takes its name, its cluster and its topics with it', () => {
  const table = tableOf(master)
  assert.deepEqual(unregister(table, [master]), [])
  assert.deepEqual({ ...table, revision: 0 }, newRouteTable())
})

test('topics that other groups have stay', () => {
  const table = tableOf(master, other)
  unregister(table, [master])
  assert.deepEqual([...table.topics.get('T1')!.keys()], ['b'])
  assert.deepEqual(table.clusters, new Map([['C', new Set(['b'])]]))
})

test('a group with an acting master stays for reads, and its members learn who left', () => {
  const table = tableOf(master, slave)
  assert.deepEqual(unregister(table, [master]), [
    {
      brokerName: 'a',
      minBrokerId: 1,
      minBrokerAddress: '10.0.0.2:10911',
      offlineAddress: '10.0.0.1:10911',
      haAddress: undefined,
      recipients: ['10.0.0.2:10911'],
    },
  ])
  assert.equal(table.topics.get('T1')?.get('a')?.perm, 4)
})

test('a group without acting master keeps its permissions and nobody is told', () => {
  const table = tableOf(registration(), registration({ brokerId: 1, brokerAddress: '10.0.0.2:10911' }))
  assert.deepEqual(unregister(table, [registration()]), [])
  assert.equal(table.topics.get('T1')?.get('a')?.perm, 6)
})

test('a slave that leaves changes no permission', () => {
  const table = tableOf(master, slave)
  assert.deepEqual(unregister(table, [slave]), [])
  assert.equal(table.topics.get('T1')?.get('a')?.perm, 6)
})

test('a whole group that leaves in one batch is gone, whatever the order', () => {
  for (const batch of [
    [master, slave],
    [slave, master],
  ]) {
    const table = tableOf(master, slave, other)
    assert.deepEqual(unregister(table, batch), [])
    assert.deepEqual([...table.brokers.keys()], ['b'])
    assert.deepEqual([...table.topics.get('T1')!.keys()], ['b'])
  }
})

test('what is not registered cannot leave', () => {
  const table = tableOf(master)
  const before = table.revision
  unregister(table, [other, registration({ brokerAddress: '10.0.0.9:10911' })])
  assert.equal(table.revision, before)
  assert.deepEqual([...table.brokers.keys()], ['a'])
})
