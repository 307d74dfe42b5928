import type { DataVersion } from '@cometmq/protocol/bodies'
import { type BrokerConnection, isSameVersion, type LiveBroker, liveKey, type RouteTable } from './route-table.ts'

/** Notes that a broker was heard of; one that is not registered stays unknown. */
export function heartbeat(table: RouteTable, cluster: string, brokerAddress: string, nowMs: number): void {
  const live = table.live.get(liveKey(cluster, brokerAddress))
  if (live !== undefined) live.heardOfAtMs = nowMs
}

/** Compares a broker's version of its topics with the one it registered, which is `known`. The question itself counts as a heartbeat. */
export function compareVersion(
  table: RouteTable,
  { cluster, brokerAddress, dataVersion }: { cluster: string; brokerAddress: string; dataVersion: DataVersion },
  nowMs: number,
): { isChanged: boolean; known: DataVersion | undefined } {
  heartbeat(table, cluster, brokerAddress, nowMs)
  const known = table.live.get(liveKey(cluster, brokerAddress))?.dataVersion
  return { isChanged: known === undefined || !isSameVersion(known, dataVersion), known }
}

/** The brokers that have been silent for longer than they said they would be. */
export function silentBrokers(table: RouteTable, nowMs: number): LiveBroker[] {
  return [...table.live.values()].filter((live) => live.heardOfAtMs + live.heartbeatTimeoutMs < nowMs)
}

/**
 * The brokers whose last registration came over a connection.
 *
 * Differs: RouteInfoManager finds one of them; several that share a connection (a broker container) are all out of reach when it breaks.
 */
export function brokersOver(table: RouteTable, connection: BrokerConnection): LiveBroker[] {
  return [...table.live.values()].filter((live) => live.connection === connection)
}
