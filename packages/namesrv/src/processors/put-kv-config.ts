import { putKvConfig as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { KvConfig } from '../kv-config.ts'

/** Answers when the change is durable. */
export const putKvConfig = handle(command, ({ kv }: { kv: KvConfig }) => async ({ namespace, key, value }) => {
  await kv.put(namespace, key, value)
  return {}
})
