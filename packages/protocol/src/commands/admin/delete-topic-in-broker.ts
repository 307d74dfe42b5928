import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** DELETE_TOPIC_IN_BROKER: remove a topic with its queues and offsets. */
export const deleteTopicInBroker = defineCommand({
  code: 215,
  name: 'DELETE_TOPIC_IN_BROKER',
  action: 'delete',
  request: { topic: string({ resource: 'topic' }) },
})
export type DeleteTopicInBrokerRequest = RequestOf<typeof deleteTopicInBroker>
