import { propertyNames, propertyOf, sysFlag, withProperties } from '@cometmq/protocol/message'
import { illegalMessage, type StoreError } from '../error.ts'
import { maxBatchCount } from '../format/batch-unit.ts'
import type { MessageToStore } from '../message.ts'

/**
 * How many messages a record of a batch queue holds: one, or with INNER_BATCH as many as INNER_NUM says. Both must be said together, and only in topics with batch
 * queues.
 */
export function innerCount(
  { topic, sysFlag: flags, properties }: MessageToStore,
  isBatchTopic: boolean,
): number | StoreError {
  const isInner = (flags & sysFlag.INNER_BATCH) !== 0
  const said = propertyOf(properties, propertyNames.INNER_NUM)
  if (isInner && !isBatchTopic)
    return illegalMessage(
      `an inner batch for topic ${topic}, whose queues are not of type BatchCQ (attribute queue.type)`,
    )
  if (!isInner) return said === undefined ? 1 : illegalMessage('it has INNER_NUM and is no inner batch')
  const count = Number(said)
  if (Number.isInteger(count) && count >= 1 && count <= maxBatchCount) return count
  return illegalMessage(`an inner batch has 1 to ${maxBatchCount} messages, and its INNER_NUM is ${said}`)
}

/** The message with the offset of its first message in INNER_BASE, when it is an inner batch. */
export function withBase(message: MessageToStore, base: number): MessageToStore {
  if ((message.sysFlag & sysFlag.INNER_BATCH) === 0) return message
  return { ...message, properties: withProperties(message.properties, { [propertyNames.INNER_BASE]: String(base) }) }
}
