import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** DELETE_TOPIC_IN_NAMESRV: forget the routes of a topic, on the brokers of one cluster when it is named. */
export const deleteTopicInNamesrv = defineCommand({
  code: 216,
  name: 'DELETE_TOPIC_IN_NAMESRV',
  action: 'delete',
  request: { topic: string({ resource: 'topic' }), clusterName: string({ resource: 'cluster', optional: true }) },
})
export type DeleteTopicInNamesrvRequest = RequestOf<typeof deleteTopicInNamesrv>
