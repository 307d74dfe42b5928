import { lockBatchRequest, lockBatchResponse } from '../../bodies/lock-batch.ts'
import { defineCommand } from '../../define-command.ts'

/** LOCK_BATCH_MQ: an orderly consumer claims queues for a minute; the answer names those it has. */
export const lockBatchMq = defineCommand({
  code: 41,
  name: 'LOCK_BATCH_MQ',
  action: 'sub',
  requestBody: lockBatchRequest,
  responseBody: lockBatchResponse,
})
