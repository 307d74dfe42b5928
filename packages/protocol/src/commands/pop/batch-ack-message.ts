import { type BatchAckBody, batchAckBody } from '../../bodies/batch-ack.ts'
import { optional } from '../../bodies/json.ts'
import { defineCommand } from '../../define-command.ts'

/** BATCH_ACK_MESSAGE: popped messages are done, of several batches. */
export const batchAckMessage = defineCommand({
  code: 200151,
  name: 'BATCH_ACK_MESSAGE',
  action: 'sub',
  requestBody: optional<BatchAckBody>(batchAckBody),
})
