import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentBrokers } from '../../src/routing/liveness.ts'
import { routeOf } from '../../src/routing/route-query.ts'
import { liveKey, newRouteTable, type RouteTable } from '../../src/routing/route-table.ts'
import { unregister } from '../../src/routing/unregistration.ts'
import { wipeWritePermission } from '../../src/routing/write-permission.ts'
import { registerAt, registration } from './registrations.ts'

/** Few values, so that brokers meet each other's names, ids and addresses. */
const identity = fc.record({
  brokerName: fc.constantFrom('a', 'b'),
  brokerId: fc.integer({ min: 0, max: 2 }),
  brokerAddress: fc.constantFrom('10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'),
})
const step = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    identity,
    topicNames: fc.subarray(['T1', 'T2', 'T3']),
    counter: fc.integer({ min: 0, max: 2 }),
    stateVersion: fc.integer({ min: 0, max: 1 }),
    enableActingMaster: fc.constantFrom(true, false, undefined),
    zoneName: fc.constantFrom('east', undefined),
    filterServers: fc.constantFrom([], ['f:1'], undefined),
  }),
  fc.record({ kind: fc.constant('unregister' as const), identities: fc.array(identity, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('pass' as const), timeMs: fc.integer({ min: 1, max: 60_000 }) }),
  fc.record({ kind: fc.constant('wipe' as const), brokerName: fc.constantFrom('a', 'b') }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const clusterOf = (brokerName: string) => `C${brokerName}`

function apply(table: RouteTable, each: Step, nowMs: number): void {
  if (each.kind === 'wipe') wipeWritePermission(table, each.brokerName)
  else if (each.kind === 'pass') unregister(table, silentBrokers(table, nowMs))
  else if (each.kind === 'unregister') {
    unregister(
      table,
      each.identities.map((one) => ({ ...one, cluster: clusterOf(one.brokerName) })),
    )
  } else {
    const { identity: one, topicNames, counter, stateVersion, enableActingMaster, zoneName, filterServers } = each
    const dataVersion = { counter, stateVersion, timestamp: 1 }
    const rest = { enableActingMaster, zoneName, filterServers, topicNames, dataVersion }
    registerAt(table, registration({ ...one, ...rest, cluster: clusterOf(one.brokerName) }), nowMs)
  }
}

function check(table: RouteTable): void {
  for (const { brokerName, cluster, addresses } of table.brokers.values()) {
    assert.ok(addresses.size > 0, `${brokerName} has an address`)
    assert.ok(table.clusters.get(cluster)?.has(brokerName), `${brokerName} is in its cluster`)
    for (const [id, address] of addresses) {
      const live = table.live.get(liveKey(cluster, address))
      assert.ok(live?.brokerName === brokerName && live.brokerId === id, `${brokerName} ${id} ${address} is live`)
    }
  }
  for (const [cluster, names] of table.clusters) {
    assert.ok(names.size > 0, `${cluster} has brokers`)
    for (const name of names) assert.ok(table.brokers.has(name), `${name} of ${cluster} is a broker`)
  }
  for (const [topic, byBroker] of table.topics) {
    assert.ok(byBroker.size > 0, `${topic} is somewhere`)
    for (const name of byBroker.keys()) assert.ok(table.brokers.has(name), `${name} of ${topic} is a broker`)
  }
}

function routes(table: RouteTable): string {
  const all = [...table.topics.keys()]
    .sort()
    .map((topic) => [topic, routeOf(table, topic, { supportActingMaster: true })])
  return JSON.stringify(all, (_, value: unknown) => (value instanceof Map ? [...value] : value))
}

test('whatever brokers do, the tables agree, no change of a route goes unnoticed, and silence empties everything', () => {
  const run = (steps: readonly Step[]) => {
    const table = newRouteTable()
    let nowMs = 0
    for (const each of steps) {
      if (each.kind === 'pass') nowMs += each.timeMs
      const [before, revision] = [routes(table), table.revision]
      apply(table, each, nowMs)
      check(table)
      if (routes(table) !== before) assert.notEqual(table.revision, revision, 'a change grows the revision')
    }
    unregister(table, silentBrokers(table, nowMs + 200_000))
    assert.deepEqual({ ...table, revision: 0 }, newRouteTable())
  }
  fc.assert(fc.property(fc.array(step, { maxLength: 30 }), run), { numRuns: 2_000 })
})
