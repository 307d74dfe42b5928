import { topicList } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_HAS_UNIT_SUB_TOPIC_LIST: topics with the UNIT_SUB flag. */
export const getHasUnitSubTopicList = defineCommand({
  code: 312,
  name: 'GET_HAS_UNIT_SUB_TOPIC_LIST',
  action: 'list',
  responseBody: topicList,
})
