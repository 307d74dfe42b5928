import { producerTable } from '../../bodies/connections.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_ALL_PRODUCER_INFO: all producers that are connected. */
export const getAllProducerInfo = defineCommand({
  code: 328,
  name: 'GET_ALL_PRODUCER_INFO',
  action: 'list',
  responseBody: producerTable,
})
