import { lockBatchRequest } from '../../bodies/lock-batch.ts'
import { defineCommand } from '../../define-command.ts'

/** UNLOCK_BATCH_MQ: an orderly consumer lets queues go. */
export const unlockBatchMq = defineCommand({
  code: 42,
  name: 'UNLOCK_BATCH_MQ',
  action: 'sub',
  requestBody: lockBatchRequest,
})
