import { responseCode } from '@cometmq/protocol'
import { getKvConfig as command } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { KvConfig } from '../kv-config.ts'

export const getKvConfig = handle(command, ({ kv }: { kv: KvConfig }) => ({ namespace, key }) => {
  const value = kv.get(namespace, key)
  if (value === undefined) {
    throw new Refusal(responseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace} Key: ${key}`)
  }
  return { fields: { value } }
})
