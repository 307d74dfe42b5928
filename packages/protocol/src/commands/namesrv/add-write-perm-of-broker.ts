import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, string } from '../../fields.ts'

/** ADD_WRITE_PERM_OF_BROKER: the undoing of WIPE_WRITE_PERM_OF_BROKER. */
export const addWritePermOfBroker = defineCommand({
  code: 327,
  name: 'ADD_WRITE_PERM_OF_BROKER',
  action: 'update',
  request: { brokerName: string() },
  response: { addTopicCount: int32() },
})
export type AddWritePermOfBrokerRequest = RequestOf<typeof addWritePermOfBroker>
export type AddWritePermOfBrokerResponse = ResponseOf<typeof addWritePermOfBroker>
