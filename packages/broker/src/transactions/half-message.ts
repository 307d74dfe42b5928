import { assert } from '@cometmq/platform'
import {
  encodeRecord,
  type Message,
  propertyNames,
  propertyOf,
  recordSize,
  type StoredMessage,
  sysFlag,
  systemTopics,
  withProperties,
} from '@cometmq/protocol/message'
import type { MessageToStore, PutReceipt } from '@cometmq/store'
import { delayed, delayLevelOf } from '../delay/delay-levels.ts'

/** Half messages, and marks of decided ones, are in one queue each, as in Apache's broker. */
export const halfQueueId = 0

/**
 * Whether a message is the first half of a transaction. One that an old client sends to be retried later still has the property of the transaction that it came
 * from, and is a plain one.
 */
export function isHalfMessage({ properties, reconsumeTimes }: Message): boolean {
  if (propertyOf(properties, propertyNames.TRAN_MSG)?.toLowerCase() !== 'true') return false
  return reconsumeTimes === 0 || delayLevelOf(properties, 1) === 0
}

/** The message as it is kept until its transaction is decided: in a topic that nobody consumes. Source: TransactionalMessageBridge of Apache RocketMQ. */
export function halfOf(message: MessageToStore): MessageToStore {
  const uniqKey = propertyOf(message.properties, propertyNames.UNIQ_KEY)
  const properties = withProperties(message.properties, {
    ...(uniqKey !== undefined && { [propertyNames.TRANSACTION_ID]: uniqKey }),
    [propertyNames.REAL_TOPIC]: message.topic,
    [propertyNames.REAL_QID]: String(message.queueId),
  })
  return {
    ...message,
    topic: systemTopics.TRANS_HALF,
    queueId: halfQueueId,
    sysFlag: message.sysFlag & ~sysFlag.TRANSACTION_MASK,
    properties,
  }
}

/** Where a half message belongs once it is committed; `undefined` when it does not say so. */
export function targetOf(properties: string): { topic: string; queueId: number } | undefined {
  const topic = propertyOf(properties, propertyNames.REAL_TOPIC)
  const queueId = Number(propertyOf(properties, propertyNames.REAL_QID))
  return topic === undefined || !Number.isInteger(queueId) || queueId < 0 ? undefined : { topic, queueId }
}

const withoutTarget = { [propertyNames.REAL_TOPIC]: undefined, [propertyNames.REAL_QID]: undefined }

/**
 * The message that consumers see, or that waits for its delay. It names the record of the half message that it was. `undefined` when that does not say where it belongs.
 * Source of the properties that stay: EndTransactionProcessor of Apache RocketMQ 5.5.0.
 */
export function committedOf(half: StoredMessage, delayLevels: number): MessageToStore | undefined {
  const target = targetOf(half.properties)
  if (target === undefined) return undefined
  const message = {
    ...copyOf(half, withProperties(half.properties, withoutTarget)),
    ...target,
    sysFlag: (half.sysFlag & ~sysFlag.TRANSACTION_MASK) | sysFlag.TRANSACTION_COMMIT,
    preparedTransactionOffset: half.physicalOffset,
  }
  const level = delayLevelOf(message.properties, delayLevels)
  if (level === 0) return message
  return delayed({ ...message, properties: withProperties(message.properties, { TRAN_MSG: undefined }) }, level)
}

/** A half message to be appended again, behind all others, because it is still open. */
export function renewed(half: StoredMessage, changes: Readonly<Record<string, string>>): MessageToStore {
  return copyOf(half, withProperties(half.properties, changes))
}

/** A half message that nobody decides on, for the topic in which such are found. */
export function unresolved(half: StoredMessage): MessageToStore {
  return { ...copyOf(half, half.properties), topic: systemTopics.TRANS_CHECK_MAX_TIME, queueId: 0 }
}

function copyOf(half: StoredMessage, properties: string): MessageToStore {
  const { topic, queueId, flag, bornTimestamp, bornHost, reconsumeTimes, preparedTransactionOffset, body } = half
  return {
    topic,
    queueId,
    flag,
    sysFlag: half.sysFlag,
    bornTimestamp,
    bornHost,
    reconsumeTimes,
    preparedTransactionOffset,
    properties,
    body,
    waitStored: true,
  }
}

/** A half message, stored as `receipt` says, as a producer is shown it: a record with the topic and queue that it belongs to. */
export function recordForProducer(
  message: MessageToStore,
  receipt: PutReceipt,
  storeHost: StoredMessage['storeHost'],
): Buffer {
  const target = targetOf(message.properties)
  assert(target !== undefined, 'a half message that says where it belongs')
  const shown = { ...message, ...target }
  const { queueOffset, physicalOffset, storeTimestamp } = receipt
  const bytes = Buffer.alloc(recordSize(shown, storeHost))
  encodeRecord(bytes, 0, shown, { queueOffset, physicalOffset, storeTimestamp, storeHost })
  return bytes
}
