import { deleteExpiredCommitlog } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'

/** DELETE_EXPIRED_COMMITLOG: the answer does not wait for the files, as RocketMQ's does not. */
export const deleteExpiredLog = handle(deleteExpiredCommitlog, ({ store }: { store: MessageStore }) => () => {
  store.deleteExpiredFiles()
  return {}
})
