import { defineCommand } from '../../define-command.ts'

/** UPDATE_BROKER_CONFIG: change options while the broker runs; the body is properties text. */
export const updateBrokerConfig = defineCommand({
  code: 25,
  name: 'UPDATE_BROKER_CONFIG',
  action: 'update',
})
