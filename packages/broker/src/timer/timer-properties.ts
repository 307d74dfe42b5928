import { assert, type Clock } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { propertyNames, propertyOf, systemTopics, withProperties } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import type { MessageToStore } from '@cometmq/store'
import type { BrokerOptions } from '../options.ts'

export interface TimerRules {
  clock: Clock
  options: Pick<BrokerOptions, 'timers' | 'timerMaxDelaySec' | 'timersPerSecond'>
  /** How many messages wait for a second since the epoch. */
  timersAt: (second: number) => number
}

const { TIMER_DELAY_SEC, TIMER_DELAY_MS, TIMER_DELIVER_MS, TIMER_OUT_MS, TIMER_DEL_UNIQKEY } = propertyNames
/** In the order in which they count. */
const askedBy = [TIMER_DELAY_SEC, TIMER_DELAY_MS, TIMER_DELIVER_MS]
/** Apache rounds the time of a timer down to whole seconds, and delivers it in the second behind. */
export const apachePrecisionMs = 1_000

/**
 * Turns a message that asks for a time of its own into one that waits for it: it is stored in rmq_sys_wheel_timer and remembers where it belongs. `undefined` when it does not ask, or
 * the time has come. Throws a `Refusal`. Source: the put hooks of Apache RocketMQ.
 *
 * Differs: TIMER_OUT_MS is the millisecond that was asked for, and not the second before it.
 */
export function timed(
  message: MessageToStore,
  rules: TimerRules,
): { message: MessageToStore; dueMs: number } | undefined {
  const { properties } = message
  const asked = askedBy.find((name) => propertyOf(properties, name) !== undefined)
  if (asked === undefined || propertyOf(properties, TIMER_OUT_MS) !== undefined) return undefined
  const { options, timersAt } = rules
  if (!options.timers)
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `accurate timer message is not enabled, timerWheelEnable is false: ${asked} is not served`,
    )
  const nowMs = rules.clock.now()
  const dueMs = dueOf(properties, asked, nowMs)
  const maxMs = options.timerMaxDelaySec * 1_000
  if (dueMs === undefined)
    throw illegal(maxMs, `${asked} is "${propertyOf(properties, asked)}", which is no whole number of 64 bits`)
  if (dueMs - nowMs > maxMs)
    throw illegal(maxMs, `${asked} asks for ${dueMs - nowMs}ms; the limit is timerMaxDelaySec of the broker`)
  if (dueMs <= nowMs) {
    if (propertyOf(properties, TIMER_DEL_UNIQKEY) === undefined) return undefined
    throw illegal(maxMs, `${TIMER_DEL_UNIQKEY} takes a message back that was due ${nowMs - dueMs}ms ago`)
  }
  if (timersAt(Math.floor(dueMs / 1_000)) >= options.timersPerSecond)
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `timer message is under flow control, max num limit is ${options.timersPerSecond} or the current value is greater than ${options.timersPerSecond}: so many wait for that second (timerCongestNumEachSlot); choose another one, or send again later`,
    )
  return { message: waiting(message, dueMs), dueMs }
}

/** The message as it waits. */
export function waiting(message: MessageToStore, dueMs: number): MessageToStore {
  const properties = withProperties(message.properties, {
    [TIMER_OUT_MS]: String(dueMs),
    [propertyNames.REAL_TOPIC]: message.topic,
    [propertyNames.REAL_QID]: String(message.queueId),
  })
  return { ...message, topic: systemTopics.TIMER_WHEEL, queueId: 0, properties }
}

/**
 * When a message that waits is due, which an Apache broker has rounded down: not before the time that its sender asked for.
 * Where that cannot be told, a second later.
 */
export function exactDueOf(properties: string, storeTimestamp: number, outMs: number): number {
  if (outMs % apachePrecisionMs !== 0) return outMs
  const asked = askedBy.find((name) => propertyOf(properties, name) !== undefined)
  const dueMs = asked === undefined ? undefined : dueOf(properties, asked, storeTimestamp)
  return Math.min(Math.max(dueMs ?? outMs, outMs), outMs + apachePrecisionMs)
}

function dueOf(properties: string, name: string, nowMs: number): number | undefined {
  const text = propertyOf(properties, name)
  assert(text !== undefined, `${name} is there`)
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined
  const value = Number(text)
  if (name === TIMER_DELIVER_MS) return value
  return nowMs + (name === TIMER_DELAY_SEC ? value * 1_000 : value)
}

const illegal = (maxMs: number, why: string) =>
  new Refusal(
    responseCode.MESSAGE_ILLEGAL,
    `timer message illegal, the delay time should not be bigger than the max delay ${maxMs}ms; or if set del msg, the delay time should be bigger than the current time: ${why}`,
  )
