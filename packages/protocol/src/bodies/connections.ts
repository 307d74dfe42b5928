import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { consumerDataShape } from './heartbeat.ts'
import { json } from './json.ts'
import { maxTableValues } from './limits.ts'
import { int32, int64, list, maybe, orElse, table, text } from './shapes.ts'
import { subscriptionDataShape } from './subscription-data.ts'

const connectionShape = v.object({
  clientAddr: maybe(text),
  clientId: maybe(text),
  language: maybe(text),
  version: orElse(int32, 0),
})

const { consumeFromWhere, consumeType, messageModel } = consumerDataShape.entries
const consumerConnectionShape = v.object({
  connectionSet: list(connectionShape),
  consumeFromWhere,
  consumeType,
  messageModel,
  /** Topic → what the group wants of it. */
  subscriptionTable: table(subscriptionDataShape),
})
/** The consumers of a group that are connected, and what they want. */
export type ConsumerConnections = v.InferOutput<typeof consumerConnectionShape>
export const consumerConnections: BodyCodec<ConsumerConnections> = json<ConsumerConnections>(
  'ConsumerConnection',
  consumerConnectionShape,
)

const producerConnectionShape = v.object({ connectionSet: list(connectionShape) })
/** The producers of a group that are connected. */
export type ProducerConnections = v.InferOutput<typeof producerConnectionShape>
export const producerConnections: BodyCodec<ProducerConnections> = json<ProducerConnections>(
  'ProducerConnection',
  producerConnectionShape,
)

const producerTableShape = v.object({
  /** Group → its producers. */
  data: table(
    list(
      v.object({
        clientId: maybe(text),
        language: maybe(text),
        lastUpdateTimestamp: orElse(int64, 0),
        remoteIP: maybe(text),
        version: orElse(int32, 0),
      }),
    ),
  ),
})
/** All producers of a broker. */
export type ProducerTable = v.InferOutput<typeof producerTableShape>
export const producerTable: BodyCodec<ProducerTable> = json<ProducerTable>('ProducerTableInfo', producerTableShape, {
  maxValues: maxTableValues,
})
