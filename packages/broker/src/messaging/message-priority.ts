import type { TopicConfig } from '@cometmq/protocol/bodies'
import { propertyNames, propertyOf, withProperties } from '@cometmq/protocol/message'

const delays = [
  propertyNames.DELAY,
  propertyNames.TIMER_DELAY_SEC,
  propertyNames.TIMER_DELAY_MS,
  propertyNames.TIMER_DELIVER_MS,
]

/** Where a message of a priority goes, and its properties then. */
export interface PrioritizedPlace {
  readonly queueId: number
  readonly properties: string
}

/**
 * The number of a queue is the priority of its messages, so a message with a priority goes there, whichever queue its sender chose; the highest priority is the last queue. Of a message that is of another
 * kind, as one that is delayed, the priority is taken away. `undefined`: it has none, or one that is no number from 0 on. Source: SendMessageProcessor of Apache RocketMQ 5.5.0.
 */
export function placeByPriority(
  properties: string,
  { writeQueueNums }: TopicConfig,
  queueId: number,
): PrioritizedPlace | undefined {
  if (!properties.includes(propertyNames.PRIORITY)) return undefined
  const text = propertyOf(properties, propertyNames.PRIORITY)
  const priority = Number(text)
  if (text === undefined || !/^\d+$/.test(text) || !Number.isSafeInteger(priority)) return undefined
  return isOfAnotherKind(properties)
    ? { queueId, properties: withProperties(properties, { [propertyNames.PRIORITY]: undefined }) }
    : { queueId: Math.min(priority, Math.max(writeQueueNums - 1, 0)), properties }
}

function isOfAnotherKind(properties: string): boolean {
  if (propertyOf(properties, propertyNames.TRAN_MSG) === 'true') return true
  if (delays.some((name) => propertyOf(properties, name) !== undefined)) return true
  return propertyOf(properties, propertyNames.SHARDING_KEY) !== undefined
}
