import { defineCommand } from '../../define-command.ts'

/** CLEAN_EXPIRED_CONSUMEQUEUE: remove the queues of which the log has no message any more. */
export const cleanExpiredConsumequeue = defineCommand({
  code: 306,
  name: 'CLEAN_EXPIRED_CONSUMEQUEUE',
  action: 'delete',
})
