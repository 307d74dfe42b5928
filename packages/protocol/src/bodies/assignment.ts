import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { messageQueueShape } from './message-queue.ts'
import { maybe, oneOfOrElse, table, text } from './shapes.ts'

const requestShape = v.object({
  clientId: text,
  consumerGroup: text,
  messageModel: oneOfOrElse(['BROADCASTING', 'CLUSTERING'], 'CLUSTERING'),
  strategyName: maybe(text),
  topic: text,
})
export type QueryAssignmentRequestBody = v.InferOutput<typeof requestShape>
/** The body of QUERY_ASSIGNMENT. */
export const queryAssignmentRequest: BodyCodec<QueryAssignmentRequestBody> = json<QueryAssignmentRequestBody>(
  'QueryAssignmentRequestBody',
  requestShape,
)

const assignmentShape = v.object({
  attachments: maybe(table(text)),
  messageQueue: messageQueueShape,
  mode: oneOfOrElse(['PULL', 'POP'], 'PULL'),
})
/** A queue to be read, and how. */
export type MessageQueueAssignment = v.InferOutput<typeof assignmentShape>
const responseShape = v.object({
  /** Absent: nothing is known, and the consumer keeps what it has. */
  messageQueueAssignments: maybe(v.array(assignmentShape)),
})
export type QueryAssignmentResponseBody = v.InferOutput<typeof responseShape>
/** The answer to QUERY_ASSIGNMENT. */
export const queryAssignmentResponse: BodyCodec<QueryAssignmentResponseBody> = json<QueryAssignmentResponseBody>(
  'QueryAssignmentResponseBody',
  responseShape,
)
