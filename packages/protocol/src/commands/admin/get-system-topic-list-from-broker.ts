import { topicList } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_SYSTEM_TOPIC_LIST_FROM_BROKER: the topics that a broker has of its own. */
export const getSystemTopicListFromBroker = defineCommand({
  code: 305,
  name: 'GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
  action: 'list',
  responseBody: topicList,
})
