import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missOf, routeOf } from '../../src/routing/route-query.ts'
import { newRouteTable } from '../../src/routing/route-table.ts'
import { unregister } from '../../src/routing/unregistration.ts'
import { withinZone } from '../../src/routing/zone-filter.ts'
import { registration, tableOf } from './registrations.ts'

const rules = { supportActingMaster: false }
const slave = { brokerId: 1, brokerAddress: '10.0.0.2:10911' }
const b = { brokerName: 'b', brokerAddress: '10.0.0.5:10911' }

test('a route names the groups of a topic and its queues', () => {
  const table = tableOf(
    registration(slave),
    registration(),
    registration({ ...b, zoneName: 'east', filterServers: ['f:1'] }),
  )
  const route = routeOf(table, 'T1', rules)
  assert.deepEqual(route?.brokerDatas, [
    {
      brokerAddrs: new Map([
        [0, '10.0.0.1:10911'],
        [1, '10.0.0.2:10911'],
      ]),
      brokerName: 'a',
      cluster: 'C',
      enableActingMaster: false,
    },
    {
      brokerAddrs: new Map([[0, '10.0.0.5:10911']]),
      brokerName: 'b',
      cluster: 'C',
      enableActingMaster: false,
      zoneName: 'east',
    },
  ])
  assert.deepEqual(
    route?.queueDatas.map(({ brokerName }) => brokerName),
    ['a', 'b'],
  )
  assert.deepEqual(route?.filterServerTable, { '10.0.0.5:10911': ['f:1'] })
})

test('a miss says why', () => {
  assert.equal(routeOf(newRouteTable(), 'T1', rules), undefined)
  assert.match(missOf(newRouteTable(), 'T1'), /^No broker has registered .* namesrvAddr/)
  assert.match(missOf(tableOf(registration()), 'T9'), /unknown to this NameServer, with which 1 broker is registered/)
  assert.match(missOf(tableOf(registration(), registration(b)), 'T9'), /2 brokers are registered/)
  const table = tableOf(registration())
  table.brokers.delete('a')
  assert.equal(routeOf(table, 'T1', rules), undefined)
  assert.match(missOf(table, 'T1'), /known here on a, but no such broker is registered/)
})

test('an absent master is stood in for by the smallest slave, where both sides allow it', () => {
  const acting = { enableActingMaster: true }
  const table = tableOf(registration(acting), registration({ ...slave, ...acting }))
  const addresses = (supportActingMaster: boolean, topic = 'T1') =>
    routeOf(table, topic, { supportActingMaster })?.brokerDatas[0]?.brokerAddrs
  assert.deepEqual([...addresses(true)!.keys()], [0, 1])
  unregister(table, [registration(acting)])
  assert.deepEqual(addresses(true), new Map([[0, '10.0.0.2:10911']]))
  assert.deepEqual(addresses(false), new Map([[1, '10.0.0.2:10911']]))
})

test('brokers that look for each other see a slave as a slave', () => {
  const topicNames = ['rmq_sys_SYNC_BROKER_MEMBER_a', 'T1']
  const table = tableOf(registration({ ...slave, enableActingMaster: true, topicNames }))
  const route = routeOf(table, 'rmq_sys_SYNC_BROKER_MEMBER_a', { supportActingMaster: true })
  assert.deepEqual([...route!.brokerDatas[0]!.brokerAddrs.keys()], [1])
})

test('in a zone there are its own brokers and groups without a master', () => {
  const table = tableOf(
    registration({ zoneName: 'West', filterServers: ['f:1'] }),
    registration({ ...b, zoneName: 'east' }),
    registration({ brokerName: 'c', brokerId: 1, brokerAddress: '10.0.0.7:10911' }),
  )
  const route = withinZone(routeOf(table, 'T1', rules)!, 'EAST')
  assert.deepEqual(
    route.brokerDatas.map(({ brokerName }) => brokerName),
    ['b', 'c'],
  )
  assert.deepEqual(
    route.queueDatas.map(({ brokerName }) => brokerName),
    ['b', 'c'],
  )
  assert.deepEqual(route.filterServerTable, {})
})
