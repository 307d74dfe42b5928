import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** PUT_KV_CONFIG: set a key of a namespace. */
export const putKvConfig = defineCommand({
  code: 100,
  name: 'PUT_KV_CONFIG',
  action: 'update',
  request: { namespace: string(), key: string(), value: string() },
})
export type PutKvConfigRequest = RequestOf<typeof putKvConfig>
