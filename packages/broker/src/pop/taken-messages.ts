import type { Address } from '@cometmq/platform'
import type { PopMessageResponse } from '@cometmq/protocol/commands/pop'
import {
  decodeRecord,
  encodeRecord,
  propertyNames,
  propertyOf,
  recordSize,
  withProperties,
} from '@cometmq/protocol/message'
import { encodeExtraInfo } from './extra-info.ts'
import type { PopSource } from './pop-sources.ts'

/** Messages of one queue. */
export interface TakenBatch {
  readonly source: PopSource
  /** Where was read from. */
  readonly startOffset: number
  readonly offsets: readonly number[]
  readonly records: readonly Buffer[]
  /** How often messages were handed out before; absent unless popped in order. */
  readonly counts?: ReadonlyMap<number, number>
}

/** How the answer to a pop names what it brings. */
export interface TakenAs {
  readonly popTime: number
  readonly invisibleTime: number
  readonly reviveQueueId: number
  readonly brokerName: string
  /** The topic that was asked for. */
  readonly topic: string
  /** Messages from a retry topic keep its name. */
  readonly keepsRetryTopic: boolean
}

/** The fields of the answer. Source of their form: ExtraInfoUtil of Apache RocketMQ. */
export function popFieldsOf(batches: readonly TakenBatch[], as: TakenAs, restNum: number): PopMessageResponse {
  const { popTime, invisibleTime, reviveQueueId: reviveQid } = as
  const fields = { popTime, invisibleTime, reviveQid, restNum }
  if (batches.length === 0) return fields
  const startOffsetInfo = batches
    .map(({ source, startOffset }) => `${source.retry} ${source.queueId} ${startOffset}`)
    .join(';')
  const msgOffsetInfo = batches
    .map(({ source, offsets }) => `${source.retry} ${source.queueId} ${offsets.join(',')}`)
    .join(';')
  const orderCountInfo = batches.flatMap(orderCountsOf).join(';')
  return { ...fields, startOffsetInfo, msgOffsetInfo, ...(orderCountInfo !== '' && { orderCountInfo }) }
}

function orderCountsOf({ source, offsets, counts }: TakenBatch): string[] {
  if (counts === undefined) return []
  const { retry, queueId } = source
  const ofMessages = Array.from(counts, ([offset, count]) => `${retry} qo${queueId}%${offset} ${count}`)
  const least = Math.min(...offsets.map((offset) => counts.get(offset) ?? 0))
  return [...ofMessages, `${retry} ${queueId} ${least}`]
}

/** The records of the answer: those from a retry topic are made to look as if they came from the topic that was asked for. */
export function popRecordsOf(batches: readonly TakenBatch[], as: TakenAs): Buffer[] {
  return batches.flatMap((batch) =>
    batch.source.retry === '0' || as.keepsRetryTopic
      ? batch.records
      : batch.records.map((record, i) => shownRecord(record, batch, batch.offsets[i]!, as)),
  )
}

function shownRecord(record: Buffer, { source, startOffset }: TakenBatch, offset: number, as: TakenAs): Buffer {
  const { popTime, invisibleTime, reviveQueueId, brokerName, topic } = as
  const { retry, queueId } = source
  const info = { startOffset, popTime, invisibleTime, reviveQueueId, retry, brokerName, queueId, offset }
  const message = decodeRecord(record, 0)
  const properties = withProperties(message.properties, {
    [propertyNames.POP_CK]: encodeExtraInfo(info),
    [propertyNames.FIRST_POP_TIME]: propertyOf(message.properties, propertyNames.FIRST_POP_TIME) ?? String(popTime),
  })
  const shown = { ...message, topic, properties }
  const storeHost: Address = message.storeHost
  const bytes = Buffer.allocUnsafe(recordSize(shown, storeHost))
  encodeRecord(bytes, 0, shown, message)
  return bytes
}
