import { deleteKvConfig as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { KvConfig } from '../kv-config.ts'

/** What is not there needs no deleting. Answers when the change is durable. */
export const deleteKvConfig = handle(command, ({ kv }: { kv: KvConfig }) => async ({ namespace, key }) => {
  if (kv.get(namespace, key) !== undefined) await kv.delete(namespace, key)
  return {}
})
