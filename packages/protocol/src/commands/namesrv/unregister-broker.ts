import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int64, string } from '../../fields.ts'

/** UNREGISTER_BROKER: a broker leaves in good order. */
export const unregisterBroker = defineCommand({
  code: 104,
  name: 'UNREGISTER_BROKER',
  action: 'any',
  request: {
    brokerName: string(),
    brokerAddr: string(),
    clusterName: string({ resource: 'cluster' }),
    brokerId: int64(),
  },
})
export type UnregisterBrokerRequest = RequestOf<typeof unregisterBroker>
