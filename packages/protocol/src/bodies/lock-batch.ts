import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { messageQueueShape } from './message-queue.ts'
import { flag, list, orElse, text } from './shapes.ts'

/** The body of LOCK_BATCH_MQ and UNLOCK_BATCH_MQ. */
const lockRequestShape = v.object({
  clientId: text,
  consumerGroup: text,
  mqSet: list(messageQueueShape),
  /** Not on the other members of the broker group. */
  onlyThisBroker: orElse(flag, false),
})
export type LockBatchRequest = v.InferOutput<typeof lockRequestShape>
export const lockBatchRequest: BodyCodec<LockBatchRequest> = json<LockBatchRequest>(
  'LockBatchRequestBody',
  lockRequestShape,
)

const lockResponseShape = v.object({ lockOKMQSet: list(messageQueueShape) })
export type LockBatchResponse = v.InferOutput<typeof lockResponseShape>
export const lockBatchResponse: BodyCodec<LockBatchResponse> = json<LockBatchResponse>(
  'LockBatchResponseBody',
  lockResponseShape,
)
