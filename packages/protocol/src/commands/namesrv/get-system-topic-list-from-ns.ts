import { topicList } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_SYSTEM_TOPIC_LIST_FROM_NS: the topics that are named like clusters and brokers. */
export const getSystemTopicListFromNs = defineCommand({
  code: 304,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_NS',
  action: 'list',
  responseBody: topicList,
})
