import { topicList } from '../../bodies/tables.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_TOPICS_BY_CLUSTER: the names of the topics of a cluster. */
export const getTopicsByCluster = defineCommand({
  code: 224,
  name: 'GET_TOPICS_BY_CLUSTER',
  action: 'list',
  request: { cluster: string({ resource: 'cluster' }) },
  responseBody: topicList,
})
export type GetTopicsByClusterRequest = RequestOf<typeof getTopicsByCluster>
