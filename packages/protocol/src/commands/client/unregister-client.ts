import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** UNREGISTER_CLIENT: a client leaves its groups in good order. */
export const unregisterClient = defineCommand({
  code: 35,
  name: 'UNREGISTER_CLIENT',
  action: 'any',
  request: {
    clientID: string(),
    producerGroup: string({ optional: true }),
    consumerGroup: string({ resource: 'group', optional: true }),
  },
})
export type UnregisterClientRequest = RequestOf<typeof unregisterClient>
