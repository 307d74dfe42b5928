import { propertyNames, propertyOf, systemTopics, withProperties } from '@cometmq/protocol/message'
import type { MessageToStore } from '@cometmq/store'

/** RocketMQ's `messageDelayLevel`: level 1 is the first. */
export const defaultDelayLevels = '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The delays of the levels in milliseconds, level 1 at index 0; `undefined` when the text is not of the form `1s 5s 10m 2h`. */
export function parseDelayLevels(text: string): number[] | undefined {
  const delays: number[] = []
  for (const word of text.trim().split(/\s+/)) {
    const match = /^(\d{1,9})([smhd])$/.exec(word)
    if (match === null) return undefined
    delays.push(Number(match[1]) * unitMs[match[2]!]!)
  }
  return delays
}

/** The level that a message asks for, at most the highest there is; 0 when it is to be delivered at once. */
export function delayLevelOf(properties: string, levels: number): number {
  const text = propertyOf(properties, propertyNames.DELAY)
  if (text === undefined) return 0
  const level = Number.parseInt(text, 10)
  return level > 0 ? Math.min(level, levels) : 0
}

/** What a message with a level does not keep: it waits for that. */
const withoutTimer = {
  [propertyNames.TIMER_DELAY_SEC]: undefined,
  [propertyNames.TIMER_DELAY_MS]: undefined,
  [propertyNames.TIMER_DELIVER_MS]: undefined,
}

/**
 * Turns a message into one that waits: it is stored in the queue of its level in SCHEDULE_TOPIC_XXXX and remembers where it belongs.
 * Source: the put hooks of Apache RocketMQ.
 */
export function delayed(message: MessageToStore, level: number): MessageToStore {
  const properties = withProperties(message.properties, {
    ...withoutTimer,
    [propertyNames.DELAY]: String(level),
    [propertyNames.REAL_TOPIC]: message.topic,
    [propertyNames.REAL_QID]: String(message.queueId),
  })
  return { ...message, topic: systemTopics.SCHEDULE, queueId: level - 1, properties }
}
