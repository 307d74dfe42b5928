import { defineCommand } from '../../define-command.ts'

/** UPDATE_NAMESRV_CONFIG: change options while the NameServer runs; the body is properties text. */
export const updateNamesrvConfig = defineCommand({
  code: 318,
  name: 'UPDATE_NAMESRV_CONFIG',
  action: 'update',
})
