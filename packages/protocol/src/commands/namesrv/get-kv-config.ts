import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_KV_CONFIG: the value of a key. */
export const getKvConfig = defineCommand({
  code: 101,
  name: 'GET_KV_CONFIG',
  action: 'get',
  request: { namespace: string(), key: string() },
  response: { value: string({ optional: true }) },
})
export type GetKvConfigRequest = RequestOf<typeof getKvConfig>
export type GetKvConfigResponse = ResponseOf<typeof getKvConfig>
