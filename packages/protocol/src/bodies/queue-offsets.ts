import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { type MessageQueue, messageQueueShape } from './message-queue.ts'
import { int32, int64, list, objectTable, table, text } from './shapes.ts'

const offsetTable = objectTable(messageQueueShape, int64)

const queueOffsetsShape = v.object({ offsetTable })
/** Offsets by queue: where a group begins again. */
export type QueueOffsets = v.InferOutput<typeof queueOffsetsShape>
export const queueOffsets: BodyCodec<QueueOffsets> = json<QueueOffsets>('ResetOffsetBody', queueOffsetsShape)

const queueOffsetListShape = v.object({
  offsetTable: list(v.object({ brokerName: text, offset: int64, queueId: int32, topic: text })),
})
const queueOffsetList = json('ResetOffsetBodyForC', queueOffsetListShape)

/** The same for clients written in C++, which know no keys that are objects. */
export function encodeQueueOffsetList(offsets: ReadonlyMap<MessageQueue, number>): Buffer {
  const entries = Array.from(offsets, ([queue, offset]) => ({ ...queue, offset }))
  return queueOffsetList.encode({ offsetTable: entries })
}

const consumerStatusShape = v.object({
  /** Client id → its offsets. */
  consumerTable: table(offsetTable),
  /** Of the answer of a single client. */
  messageQueueTable: offsetTable,
})
/** Where clients say that they are. */
export type ConsumerStatus = v.InferOutput<typeof consumerStatusShape>
export const consumerStatus: BodyCodec<ConsumerStatus> = json<ConsumerStatus>(
  'GetConsumerStatusBody',
  consumerStatusShape,
)
