import { topicList } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_ALL_TOPIC_LIST_FROM_NAMESERVER: the names of all topics. */
export const getAllTopicListFromNameserver = defineCommand({
  code: 206,
  name: 'GET_ALL_TOPIC_LIST_FROM_NAMESERVER',
  action: 'list',
  responseBody: topicList,
})
