import { defineCommand } from '../../define-command.ts'

/** GET_NAMESRV_CONFIG: the NameServer's options as properties text. */
export const getNamesrvConfig = defineCommand({
  code: 319,
  name: 'GET_NAMESRV_CONFIG',
  action: 'get',
})
