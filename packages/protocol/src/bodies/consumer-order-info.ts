import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { int32, int64, list, mapOf, maybe, numberTable, orElse, text } from './shapes.ts'

const orderInfoShape = v.object({
  /** The attempt that took the batch. */
  a: maybe(text),
  /** Bit n: the n-th message is acknowledged. */
  cm: orElse(int64, 0),
  /** Milliseconds from `popTime`. */
  i: maybe(int64),
  /** When the record was last used. */
  l: orElse(int64, 0),
  /** The offset of the first message, then the distance of each from the first. */
  o: list(int64),
  /** Offset → how often it was handed out before. */
  oc: maybe(numberTable(int32)),
  /** Offset → when it can be seen again, where that differs from the batch. */
  ot: maybe(numberTable(int64)),
  popTime: orElse(int64, 0),
})
/** The last batch of a queue that was popped in order. */
export type OrderInfo = v.InferOutput<typeof orderInfoShape>
const orderInfosShape = v.looseObject({
  /** `topic@group` → queue → its last batch. */
  table: mapOf(numberTable(orderInfoShape)),
})
export type ConsumerOrderInfoFile = v.InferOutput<typeof orderInfosShape>
/** `consumerOrderInfo.json` */
export const consumerOrderInfoFile: BodyCodec<ConsumerOrderInfoFile> = json<ConsumerOrderInfoFile>(
  'consumerOrderInfo.json',
  orderInfosShape,
  { pretty: true, integerKeys: 'unquoted', maxValues: Number.POSITIVE_INFINITY, isExact: true },
)
