/** Of which batch a record of the revive topic speaks. */
export interface BatchId {
  /** The topic that its messages really are in. */
  readonly topic: string
  readonly group: string
  readonly queueId: number
  /** The offset that the batch was read from. */
  readonly startOffset: number
  readonly popTime: number
  readonly brokerName: string
}

/** A batch of messages that a group has taken from a queue for some time. */
export interface CheckPoint extends BatchId {
  readonly invisibleTime: number
  /** The messages: how far each is behind `startOffset`. */
  readonly deltas: readonly number[]
  /** Bit n: the n-th message is done. */
  readonly bits: number
  /** The messages were not consumed: that they come again does not count as another attempt. */
  readonly suspend: boolean
}

/** What a record of the revive topic says. */
export type ReviveRecord =
  | { readonly kind: 'checkPoint'; readonly checkPoint: CheckPoint }
  | { readonly kind: 'acks'; readonly of: BatchId; readonly offsets: readonly number[] }

/** The bits of a batch say no more. RocketMQ: a batch has 32 messages at most. */
export const maxBatchMessages = 32

export const tagOf = { checkPoint: 'ck', ack: 'ack', acks: 'bAck' } as const

export const batchKey = ({ topic, group, queueId, startOffset, popTime, brokerName }: BatchId): string =>
  `${topic}@${group}@${queueId}@${startOffset}@${popTime}@${brokerName}`

export const allBits = (count: number): number => (count >= 32 ? -1 : ((1 << count) - 1) | 0)

/** When the messages that are not done come again. */
export const dueMsOf = ({ popTime, invisibleTime }: CheckPoint): number => popTime + invisibleTime

/** The body of a `ck` record, with the members in the order of Apache's. */
export function encodeCheckPoint(point: CheckPoint): Buffer {
  return Buffer.from(
    JSON.stringify({
      bm: point.bits,
      bn: point.brokerName,
      c: point.group,
      d: point.deltas,
      it: point.invisibleTime,
      n: point.deltas.length,
      pt: point.popTime,
      q: point.queueId,
      reviveTime: dueMsOf(point),
      ro: 0,
      so: point.startOffset,
      sp: point.suspend,
      t: point.topic,
    }),
  )
}

/** The body of an `ack` record, of one message, or of a `bAck` record, of several. */
export function encodeAcks(of: BatchId, offsets: readonly number[]): Buffer {
  const { brokerName: bn, group: c, popTime: pt, queueId: q, startOffset: so, topic: t } = of
  return Buffer.from(
    JSON.stringify(
      offsets.length === 1 ? { ao: offsets[0], bn, c, pt, q, so, t } : { ao: 0, aol: offsets, bn, c, pt, q, so, t },
    ),
  )
}

/** What a record with this tag and body says; `undefined` when it is none of ours, or not as it should be. */
export function decodeReviveRecord(tag: string | undefined, body: Buffer): ReviveRecord | undefined {
  const json = jsonObjectOf(body)
  if (json === undefined) return undefined
  if (tag === tagOf.checkPoint) return checkPointOf(json)
  if (tag !== tagOf.ack && tag !== tagOf.acks) return undefined
  const of = batchOf(json)
  const offsets = tag === tagOf.ack ? [json.ao ?? json.ackOffset] : (json.aol ?? json.ackOffsetList)
  return of !== undefined && isListOfNumbers(offsets) ? { kind: 'acks', of, offsets } : undefined
}

function checkPointOf(json: Record<string, unknown>): ReviveRecord | undefined {
  const of = batchOf(json)
  const { it: invisibleTime, n: count, bm: bits = 0, d, sp: suspend } = json
  if (of === undefined || !isNumber(invisibleTime) || !isNumber(count) || !isNumber(bits)) return undefined
  if (count < 0 || count > maxBatchMessages) return undefined
  // Up to 5.0 the messages of a batch lie one behind the other.
  const deltas = isListOfNumbers(d) && d.length > 0 ? d : Array.from({ length: count }, (_, i) => i)
  if (deltas.length > maxBatchMessages) return undefined
  return { kind: 'checkPoint', checkPoint: { ...of, invisibleTime, deltas, bits: bits | 0, suspend: suspend === true } }
}

function batchOf(json: Record<string, unknown>): BatchId | undefined {
  const topic = json.t ?? json.topic
  const group = json.c ?? json.consumerGroup
  const brokerName = json.bn ?? json.brokerName ?? ''
  const queueId = json.q ?? json.queueId ?? 0
  const startOffset = json.so ?? json.startOffset ?? 0
  const popTime = json.pt ?? json.popTime ?? 0
  if (typeof topic !== 'string' || typeof group !== 'string' || typeof brokerName !== 'string') return undefined
  if (!isNumber(queueId) || !isNumber(startOffset) || !isNumber(popTime)) return undefined
  return { topic, group, queueId, startOffset, popTime, brokerName }
}

function jsonObjectOf(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    // Whoever reads the topic logs it, with its place.
    return undefined
  }
}

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value)
const isListOfNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(isNumber)
