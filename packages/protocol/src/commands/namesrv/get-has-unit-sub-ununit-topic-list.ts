import { topicList } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST: topics with the UNIT_SUB flag and not the UNIT flag. */
export const getHasUnitSubUnunitTopicList = defineCommand({
  code: 313,
  name: 'GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST',
  action: 'list',
  responseBody: topicList,
})
