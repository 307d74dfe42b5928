import { defineCommand } from '../../define-command.ts'

/** DELETE_EXPIRED_COMMITLOG: remove files of the log that were kept long enough, now and not at the hour of deleteWhen. */
export const deleteExpiredCommitlog = defineCommand({
  code: 329,
  name: 'DELETE_EXPIRED_COMMITLOG',
  action: 'delete',
})
