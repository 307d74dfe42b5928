import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, int32, string } from '../../fields.ts'

/** UPDATE_AND_CREATE_TOPIC: make a topic or change one. */
export const updateAndCreateTopic = defineCommand({
  code: 17,
  name: 'UPDATE_AND_CREATE_TOPIC',
  action: 'create',
  request: {
    topic: string({ resource: 'topic' }),
    defaultTopic: string(),
    readQueueNums: int32(),
    writeQueueNums: int32(),
    perm: int32(),
    topicFilterType: string(),
    topicSysFlag: int32({ optional: true }),
    order: boolean({ default: false }),
    /** `+key=value` sets and `-key` removes, separated by commas. */
    attributes: string({ optional: true }),
    force: boolean({ optional: true }),
  },
})
export type UpdateAndCreateTopicRequest = RequestOf<typeof updateAndCreateTopic>
