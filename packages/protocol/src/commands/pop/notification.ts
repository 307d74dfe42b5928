import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** NOTIFICATION: tell me as soon as there is something to pop. */
export const notification = defineCommand({
  code: 200054,
  name: 'NOTIFICATION',
  action: 'sub',
  request: {
    consumerGroup: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    /** −1: any queue of the broker. */
    queueId: int32(),
    pollTime: int64(),
    bornTime: int64({ default: 0 }),
    order: boolean({ default: false }),
    attemptId: string({ optional: true }),
    expType: string({ optional: true }),
    exp: string({ optional: true }),
  },
  response: {
    hasMsg: boolean(),
    /** Too many wait: this one was not held. */
    pollingFull: boolean({ default: false }),
  },
})
export type NotificationRequest = RequestOf<typeof notification>
