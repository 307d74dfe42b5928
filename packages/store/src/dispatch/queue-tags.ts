import { propertyNames, propertyOf, sysFlag, systemTopics, tagsCodeOfProperties } from '@cometmq/protocol/message'
import type { DelayLevels } from './delay-levels.ts'

/** What goes into the unit of a message beside its place: the hash of its tag, or the time of delivery in the topic of delayed messages. */
export function tagsCodeFor(topic: string, properties: string, storeTimestamp: number, delays: DelayLevels): number {
  if (topic === systemTopics.SCHEDULE) {
    const level = Number(propertyOf(properties, propertyNames.DELAY) ?? 0)
    if (Number.isInteger(level) && level > 0) return delays.deliverAt(level, storeTimestamp)
  }
  return tagsCodeOfProperties(properties)
}

/**
 * Whether the message gets a place in its queue. Those of undecided or rolled back transactions stand in the log alone, and those that are
 * batches inside in queues of another kind.
 */
export function hasQueueUnit(flags: number): boolean {
  if ((flags & sysFlag.INNER_BATCH) !== 0) return false
  const transaction = flags & sysFlag.TRANSACTION_MASK
  return transaction !== sysFlag.TRANSACTION_PREPARED && transaction !== sysFlag.TRANSACTION_ROLLBACK
}
