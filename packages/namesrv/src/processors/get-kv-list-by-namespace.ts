import { responseCode } from '@cometmq/protocol'
import { getKvListByNamespace as command } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { KvConfig } from '../kv-config.ts'

export const getKvListByNamespace = handle(command, ({ kv }: { kv: KvConfig }) => ({ namespace }) => {
  const entries = kv.list(namespace)
  if (entries === undefined) {
    throw new Refusal(responseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace}`)
  }
  return { body: { table: Object.fromEntries(entries) } }
})
