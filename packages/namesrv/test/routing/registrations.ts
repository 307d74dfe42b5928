import type { Registration, RegistrationRules } from '../../src/routing/registration.ts'
import { type RegistrationOutcome, register } from '../../src/routing/registration.ts'
import { type BrokerConnection, newRouteTable, type RouteTable } from '../../src/routing/route-table.ts'

export const rules: RegistrationRules = { deleteTopicWithBrokerRegistration: false }

export function connection(): BrokerConnection {
  return { destroy() {} }
}

export function topicConfig(
  topicName: string,
  changes: Partial<{ perm: number; topicSysFlag: number; queues: number }> = {},
) {
  const { perm = 6, topicSysFlag = 0, queues = 4 } = changes
  return {
    topicName,
    readQueueNums: queues,
    writeQueueNums: queues,
    perm,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag,
    order: false,
    attributes: {},
  } as const
}

/** A broker with the topics T1 and T2, as a current broker registers. */
export function registration(
  changes: Partial<Registration> & { topicNames?: readonly string[]; counter?: number } = {},
): Registration {
  const { topicNames = ['T1', 'T2'], counter = 1, ...rest } = changes
  return {
    cluster: 'C',
    brokerName: 'a',
    brokerId: 0,
    brokerAddress: '10.0.0.1:10911',
    haServerAddress: '10.0.0.1:10912',
    heartbeatTimeoutMs: undefined,
    enableActingMaster: false,
    zoneName: undefined,
    topics: new Map(topicNames.map((name) => [name, topicConfig(name)])),
    mappings: [],
    dataVersion: { counter, stateVersion: 0, timestamp: 1_700_000_000_000 },
    filterServers: [],
    connection: connection(),
    ...rest,
  }
}

/** A table with the given brokers registered at time 0. */
export function tableOf(...registrations: Registration[]): RouteTable {
  const table = newRouteTable()
  for (const each of registrations) register(table, each, rules, 0)
  return table
}

export function registerAt(table: RouteTable, each: Registration, nowMs = 0): RegistrationOutcome {
  return register(table, each, rules, nowMs)
}
