import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokersOver, compareVersion, heartbeat, silentBrokers } from '../../src/routing/liveness.ts'
import { newRouteTable } from '../../src/routing/route-table.ts'
import { connection, registerAt, registration, tableOf } from './registrations.ts'

const where = { cluster: 'C', brokerAddress: '10.0.0.1:10911' }

test('a broker is silent after 120 s, or after what it says itself', () => {
  const table = tableOf(
    registration(),
    registration({ brokerName: 'b', brokerAddress: '10.0.0.5:10911', heartbeatTimeoutMs: 10_000 }),
  )
  const names = (nowMs: number) => silentBrokers(table, nowMs).map(({ brokerName }) => brokerName)
  assert.deepEqual(names(10_000), [])
  assert.deepEqual(names(10_001), ['b'])
  assert.deepEqual(names(120_001), ['a', 'b'])
})

test('heartbeats, version queries and registrations keep a broker alive', () => {
  const table = tableOf(registration())
  heartbeat(table, 'C', '10.0.0.1:10911', 100_000)
  assert.deepEqual(silentBrokers(table, 220_000), [])
  compareVersion(table, { ...where, dataVersion: registration().dataVersion }, 200_000)
  assert.deepEqual(silentBrokers(table, 320_000), [])
  registerAt(table, registration(), 300_000)
  assert.deepEqual(silentBrokers(table, 420_000), [])
  heartbeat(newRouteTable(), 'C', 'unknown:1', 1)
})

test('a version is compared with the registered one', () => {
  const table = tableOf(registration())
  const { dataVersion } = registration()
  assert.deepEqual(compareVersion(table, { ...where, dataVersion }, 0), { isChanged: false, known: dataVersion })
  const newer = { ...dataVersion, counter: 2 }
  assert.deepEqual(compareVersion(table, { ...where, dataVersion: newer }, 0), { isChanged: true, known: dataVersion })
  const elsewhere = { cluster: 'C', brokerAddress: '10.0.0.9:1', dataVersion }
  assert.deepEqual(compareVersion(table, elsewhere, 0), { isChanged: true, known: undefined })
})

test('a broker belongs to the connection of its last registration', () => {
  const [first, second] = [connection(), connection()]
  const table = tableOf(registration({ connection: first }))
  assert.equal(brokersOver(table, first).length, 1)
  registerAt(table, registration({ connection: second }))
  assert.equal(brokersOver(table, first).length, 0)
  assert.equal(brokersOver(table, second).length, 1)
})
