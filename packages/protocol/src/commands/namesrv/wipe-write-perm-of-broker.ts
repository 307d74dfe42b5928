import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, string } from '../../fields.ts'

/** WIPE_WRITE_PERM_OF_BROKER: nobody is to send to a broker any more. */
export const wipeWritePermOfBroker = defineCommand({
  code: 205,
  name: 'WIPE_WRITE_PERM_OF_BROKER',
  action: 'update',
  request: { brokerName: string() },
  response: { wipeTopicCount: int32() },
})
export type WipeWritePermOfBrokerRequest = RequestOf<typeof wipeWritePermOfBroker>
export type WipeWritePermOfBrokerResponse = ResponseOf<typeof wipeWritePermOfBroker>
