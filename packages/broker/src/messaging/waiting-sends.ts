import type { Clock } from '@cometmq/platform'
import { type PlainProperties, sendAsks } from '@cometmq/protocol'
import { type PlainMessage, propertyNames, sysFlag, systemTopics } from '@cometmq/protocol/message'
import type { PlainPutOptions } from '@cometmq/store'
import { encodeRecallHandle } from '../timer/recall-handle.ts'
import type { TimerRules } from '../timer/timer-properties.ts'
import { halfQueueId } from '../transactions/half-message.ts'

export interface WaitingSendsDeps extends Pick<TimerRules, 'timersAt'> {
  options: TimerRules['options'] & { rejectTransactions: boolean; brokerName: string }
  clock: Clock
  /** How many delay levels there are. */
  delayLevels: number
}

const withSeparator = (name: string) => Buffer.from(`${name}\u0001`)
const realTopic = withSeparator(propertyNames.REAL_TOPIC)
const realQueue = withSeparator(propertyNames.REAL_QID)
const transactionId = withSeparator(propertyNames.TRANSACTION_ID)
const delay = withSeparator(propertyNames.DELAY)
const timerOutMs = withSeparator(propertyNames.TIMER_OUT_MS)
const { TRANS_HALF, SCHEDULE, TIMER_WHEEL } = systemTopics
const [halfBytes, scheduleBytes, timerBytes] = [TRANS_HALF, SCHEDULE, TIMER_WHEEL].map((topic) =>
  Buffer.from(topic),
) as [Buffer, Buffer, Buffer]

/**
 * The fast way of a message that is to wait: the first half of a transaction, one with a delay level, one with a time of its own. Properties are added as bytes, and the message is
 * put where it waits. What is not usual is not taken. The slow way is `halfOf`, `delayed` and `timed`; a property test holds them together.
 */
export class WaitingSends {
  readonly #deps: WaitingSendsDeps
  /** When the message that was placed last is due that can be taken back; 0 for any other. */
  dueMs = 0

  constructor(deps: WaitingSendsDeps) {
    this.#deps = deps
  }

  /** Changes a message, its `properties` (with the broker's marks) and its options to what waits. False when it is to go the usual way; then they may be changed. */
  place(message: PlainMessage, properties: PlainProperties, putOptions: PlainPutOptions): boolean {
    this.dueMs = 0
    switch (properties.asks) {
      case sendAsks.nothing:
        return true
      case sendAsks.transaction:
        return this.#placeHalf(message, properties)
      case sendAsks.delayLevel:
        return this.#placeDelayed(message, properties, putOptions)
      default:
        return this.#placeTimer(message, properties)
    }
  }

  /** Written into `into`, of which it answers the length; −1 when it does not fit. */
  writeRecallHandle(into: Buffer, topic: string, { bytes, uniqKeyAt, uniqKeyLength }: PlainProperties): number {
    const uniqKey = bytes.toString('latin1', uniqKeyAt, uniqKeyAt + uniqKeyLength)
    const handle = encodeRecallHandle({ topic, brokerName: this.#deps.options.brokerName, uniqKey }, this.dueMs)
    return handle.length > into.length ? -1 : into.write(handle, 'latin1')
  }

  #placeHalf(message: PlainMessage, properties: PlainProperties): boolean {
    // One that is retried may be a plain message.
    if (this.#deps.options.rejectTransactions || message.reconsumeTimes !== 0) return false
    const { bytes, uniqKeyAt, uniqKeyLength } = properties
    if (!properties.appendText(transactionId, bytes, uniqKeyAt, uniqKeyAt + uniqKeyLength)) return false
    message.sysFlag &= ~sysFlag.TRANSACTION_MASK
    return this.#move(message, properties, TRANS_HALF, halfBytes, halfQueueId)
  }

  #placeDelayed(message: PlainMessage, properties: PlainProperties, putOptions: PlainPutOptions): boolean {
    const { asked } = properties
    if (asked === 0) return false
    const level = Math.min(asked, this.#deps.delayLevels)
    properties.removeAsked()
    if (!properties.appendNumber(delay, level)) return false
    putOptions.delayLevel = level
    return this.#move(message, properties, SCHEDULE, scheduleBytes, level - 1)
  }

  #placeTimer(message: PlainMessage, properties: PlainProperties): boolean {
    const { options, clock, timersAt } = this.#deps
    const { asks, asked } = properties
    const nowMs = clock.now()
    const dueMs = asks === sendAsks.deliverMs ? asked : nowMs + (asks === sendAsks.delaySec ? asked * 1_000 : asked)
    // What is due, or too far away, or too much, is looked at again by `timed`, which says so.
    if (!options.timers || dueMs <= nowMs || dueMs - nowMs > options.timerMaxDelaySec * 1_000) return false
    if (timersAt(Math.floor(dueMs / 1_000)) >= options.timersPerSecond) return false
    if (!properties.appendNumber(timerOutMs, dueMs)) return false
    this.dueMs = dueMs
    return this.#move(message, properties, TIMER_WHEEL, timerBytes, 0)
  }

  #move(message: PlainMessage, properties: PlainProperties, topic: string, bytes: Buffer, queueId: number): boolean {
    const { topicBytes } = message
    if (!properties.appendText(realTopic, topicBytes, 0, topicBytes.length)) return false
    if (!properties.appendNumber(realQueue, message.queueId)) return false
    message.topic = topic
    message.topicBytes = bytes
    message.queueId = queueId
    return true
  }
}
