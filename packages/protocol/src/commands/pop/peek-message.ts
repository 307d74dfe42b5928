import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int32, string } from '../../fields.ts'
import { popMessageResponse } from './pop-message.ts'

/** PEEK_MESSAGE: what a pop would bring, without taking it. */
export const peekMessage = defineCommand({
  code: 200052,
  name: 'PEEK_MESSAGE',
  action: 'sub',
  request: {
    topic: string({ resource: 'topic' }),
    /** −1: all queues of the broker. */
    queueId: int32(),
    maxMsgNums: int32(),
    consumerGroup: string({ resource: 'group' }),
  },
  response: popMessageResponse,
})
export type PeekMessageRequest = RequestOf<typeof peekMessage>
