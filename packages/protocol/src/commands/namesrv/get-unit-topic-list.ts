import { topicList } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_UNIT_TOPIC_LIST: topics with the UNIT flag. */
export const getUnitTopicList = defineCommand({
  code: 311,
  name: 'GET_UNIT_TOPIC_LIST',
  action: 'list',
  responseBody: topicList,
})
