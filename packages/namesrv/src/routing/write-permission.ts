import { readAndWrite, withoutWrite } from './permission.ts'
import { putQueues, type RouteTable } from './route-table.ts'

/**
 * Takes the write permission off all queues of a broker, so that producers turn elsewhere. It holds until the broker registers a change.
 *
 * @returns How many topics the broker has.
 */
export function wipeWritePermission(table: RouteTable, brokerName: string): number {
  return changePermissions(table, brokerName, withoutWrite)
}

/** Allows reading and writing on all queues of a broker, whatever was allowed before. @returns How many topics the broker has. */
export function addWritePermission(table: RouteTable, brokerName: string): number {
  return changePermissions(table, brokerName, () => readAndWrite)
}

function changePermissions(table: RouteTable, brokerName: string, change: (perm: number) => number): number {
  let count = 0
  for (const [topic, byBroker] of table.topics) {
    const queues = byBroker.get(brokerName)
    if (queues === undefined) continue
    putQueues(table, topic, { ...queues, perm: change(queues.perm) })
    count++
  }
  return count
}
