import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** CHANGE_MESSAGE_INVISIBLETIME: a popped message is to come again after so long, counted from now. */
export const changeMessageInvisibletime = defineCommand({
  code: 200053,
  name: 'CHANGE_MESSAGE_INVISIBLETIME',
  action: 'sub',
  request: {
    consumerGroup: string({ resource: 'group' }),
    /** The topic that it really is in. */
    topic: string({ resource: 'topic' }),
    queueId: int32(),
    /** The property POP_CK of the message. */
    extraInfo: string(),
    offset: int64(),
    /** Milliseconds. */
    invisibleTime: int64(),
    liteTopic: string({ optional: true }),
    /** The message was not consumed: it does not count as another attempt. */
    suspend: boolean({ default: false }),
  },
  response: { popTime: int64(), invisibleTime: int64(), reviveQid: int32() },
})
export type ChangeMessageInvisibletimeRequest = RequestOf<typeof changeMessageInvisibletime>
export type ChangeMessageInvisibletimeResponse = ResponseOf<typeof changeMessageInvisibletime>
