import type { RetryFlag } from './retry-topics.ts'

/** What a consumer gives back to say which popped message it means. */
export interface ExtraInfo {
  /** Where the batch was read from. */
  readonly startOffset: number
  readonly popTime: number
  readonly invisibleTime: number
  /** `orderReviveQueueId`: popped in order. */
  readonly reviveQueueId: number
  readonly retry: RetryFlag
  readonly brokerName: string
  readonly queueId: number
  /** Old clients leave it out. */
  readonly offset: number | undefined
}

/** Stands for the revive queue of messages that are popped in order, which need none. */
export const orderReviveQueueId = 999

/** The property POP_CK: eight fields, separated by spaces. Source: ExtraInfoUtil of Apache RocketMQ. */
export function encodeExtraInfo(info: ExtraInfo & { offset: number }): string {
  const { startOffset, popTime, invisibleTime, reviveQueueId, retry, brokerName, queueId, offset } = info
  return `${startOffset} ${popTime} ${invisibleTime} ${reviveQueueId} ${retry} ${brokerName} ${queueId} ${offset}`
}

/** `undefined` when it is none; the last field may be missing. */
export function parseExtraInfo(text: string): ExtraInfo | undefined {
  const fields = text.split(' ')
  if (fields.length < 7) return undefined
  const [startOffset, popTime, invisibleTime, reviveQueueId] = fields.slice(0, 4).map(Number)
  const retry = fields[4]
  const queueId = Number(fields[6])
  const offset = fields[7] === undefined ? undefined : Number(fields[7])
  const numbers = [startOffset, popTime, invisibleTime, reviveQueueId, queueId, offset ?? 0]
  if (!numbers.every(Number.isSafeInteger) || (retry !== '0' && retry !== '1' && retry !== '2')) return undefined
  return {
    startOffset: startOffset!,
    popTime: popTime!,
    invisibleTime: invisibleTime!,
    reviveQueueId: reviveQueueId!,
    retry,
    brokerName: fields[5]!,
    queueId,
    offset,
  }
}
