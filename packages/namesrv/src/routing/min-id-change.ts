import { type BrokerGroup, smallestId } from './route-table.ts'

/** The smallest id of a group has changed: who is to be told what. */
export interface MinIdChange {
  readonly brokerName: string
  readonly minBrokerId: number
  readonly minBrokerAddress: string
  /** The broker that left, when one did. */
  readonly offlineAddress: string | undefined
  /** Where the new smallest id replicates from, when it came by registration. */
  readonly haAddress: string | undefined
  readonly recipients: readonly string[]
}

/**
 * What the members of a group have to know after its smallest id changed; `undefined` when the group is empty. Everybody is told that one has
 * left; a newcomer with the smallest id is not told of itself, unless it is alone.
 */
export function minIdChange(
  group: BrokerGroup,
  { offlineAddress, haAddress }: { offlineAddress?: string; haAddress?: string },
): MinIdChange | undefined {
  const minBrokerId = smallestId(group)
  if (minBrokerId === undefined) return undefined
  const minBrokerAddress = group.addresses.get(minBrokerId)!
  const isForAll = offlineAddress !== undefined || group.addresses.size === 1
  const recipients = [...group.addresses].flatMap(([id, address]) => (isForAll || id !== minBrokerId ? [address] : []))
  return { brokerName: group.brokerName, minBrokerId, minBrokerAddress, offlineAddress, haAddress, recipients }
}
