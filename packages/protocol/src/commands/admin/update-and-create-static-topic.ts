import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** UPDATE_AND_CREATE_STATIC_TOPIC: make a static (logical) topic, or move its queues. */
export const updateAndCreateStaticTopic = defineCommand({
  code: 513,
  name: 'UPDATE_AND_CREATE_STATIC_TOPIC',
  action: 'create',
  request: {
    topic: string({ resource: 'topic' }),
  },
})
export type UpdateAndCreateStaticTopicRequest = RequestOf<typeof updateAndCreateStaticTopic>
