import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** DELETE_KV_CONFIG: remove a key. */
export const deleteKvConfig = defineCommand({
  code: 102,
  name: 'DELETE_KV_CONFIG',
  action: 'delete',
  request: { namespace: string(), key: string() },
})
export type DeleteKvConfigRequest = RequestOf<typeof deleteKvConfig>
