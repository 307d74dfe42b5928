import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

export const popMessageResponse = {
  /** Milliseconds since the Unix epoch, by the broker's clock. */
  popTime: int64(),
  invisibleTime: int64(),
  /** The queue of the revive topic that acknowledgements go to; 999 when messages are popped in order. */
  reviveQid: int32(),
  /** Messages behind those that were handed out, in all queues that were looked at. */
  restNum: int64(),
  /** `<retry flag> <queue> <offset from which was read>` of each queue, joined by semicolons. */
  startOffsetInfo: string({ optional: true }),
  /** `<retry flag> <queue> <offset>,<offset>,…` of each queue, joined by semicolons. */
  msgOffsetInfo: string({ optional: true }),
  /** How often messages were handed out before, when they are popped in order. */
  orderCountInfo: string({ optional: true }),
}

/**
 * POP_MESSAGE: take messages of a topic, from any queue, for some time; those that are not acknowledged within it come again. The answer's body is records, one behind
 * the other.
 */
export const popMessage = defineCommand({
  code: 200050,
  name: 'POP_MESSAGE',
  action: 'sub',
  request: {
    consumerGroup: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    /** −1: all queues of the broker. */
    queueId: int32(),
    maxMsgNums: int32(),
    /** How long, in milliseconds, the messages belong to who took them. */
    invisibleTime: int64(),
    /** How long the broker may hold the request, counted from `bornTime`. */
    pollTime: int64(),
    bornTime: int64({ default: 0 }),
    /** Where a group begins that was never there: 0 with the first message, 1 with the newest. */
    initMode: int32(),
    /** `TAG` or `SQL92`. */
    expType: string({ optional: true }),
    exp: string({ optional: true }),
    /** One batch of a queue at a time. */
    order: boolean({ default: false }),
    /** The same as in the request before when its answer was lost: brings the same messages again. */
    attemptId: string({ optional: true }),
  },
  response: popMessageResponse,
})
export type PopMessageRequest = RequestOf<typeof popMessage>
export type PopMessageResponse = ResponseOf<typeof popMessage>
