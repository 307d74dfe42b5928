import { kvTable } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_BROKER_RUNTIME_INFO: what the broker measures of itself. */
export const getBrokerRuntimeInfo = defineCommand({
  code: 28,
  name: 'GET_BROKER_RUNTIME_INFO',
  action: 'get',
  responseBody: kvTable,
})
