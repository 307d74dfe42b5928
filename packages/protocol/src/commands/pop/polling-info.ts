import { defineCommand } from '../../define-command.ts'
import { int32, string } from '../../fields.ts'

/** POLLING_INFO: how many pops of a group wait for messages. */
export const pollingInfo = defineCommand({
  code: 200055,
  name: 'POLLING_INFO',
  action: 'sub',
  request: {
    consumerGroup: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    /** −1: those that wait for any queue. */
    queueId: int32(),
  },
  response: { pollingNum: int32() },
})
