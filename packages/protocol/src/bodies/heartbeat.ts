import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { flag, int32, list, oneOf, orElse, text } from './shapes.ts'
import { subscriptionDataShape } from './subscription-data.ts'

export const consumerDataShape = v.object({
  consumeFromWhere: oneOf([
    'CONSUME_FROM_LAST_OFFSET',
    'CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST',
    'CONSUME_FROM_MIN_OFFSET',
    'CONSUME_FROM_MAX_OFFSET',
    'CONSUME_FROM_FIRST_OFFSET',
    'CONSUME_FROM_TIMESTAMP',
  ]),
  consumeType: oneOf(['CONSUME_ACTIVELY', 'CONSUME_PASSIVELY', 'CONSUME_POP']),
  groupName: text,
  messageModel: oneOf(['BROADCASTING', 'CLUSTERING', 'LITE_SELECTIVE']),
  subscriptionDataSet: list(subscriptionDataShape),
  unitMode: orElse(flag, false),
})
/** A consumer group that a client is in. */
export type ConsumerData = v.InferOutput<typeof consumerDataShape>

const heartbeatShape = v.object({
  clientID: text,
  consumerDataSet: list(consumerDataShape),
  /** 0 for a heartbeat of version 1. */
  heartbeatFingerprint: orElse(int32, 0),
  producerDataSet: list(v.object({ groupName: text })),
  /** Version 2: the subscriptions are left out because they are as before. */
  withoutSub: orElse(flag, false),
})
export type HeartbeatData = v.InferOutput<typeof heartbeatShape>
export const heartbeatData: BodyCodec<HeartbeatData> = json<HeartbeatData>('HeartbeatData', heartbeatShape)

const consumerListShape = v.object({ consumerIdList: list(text) })
/** The client ids of a group. */
export type ConsumerList = v.InferOutput<typeof consumerListShape>
export const consumerList: BodyCodec<ConsumerList> = json<ConsumerList>(
  'GetConsumerListByGroupResponseBody',
  consumerListShape,
)
