import { topicConfigList } from '../../bodies/group-answers.ts'
import { defineCommand } from '../../define-command.ts'

/** UPDATE_AND_CREATE_TOPIC_LIST: make or change several topics, all of them or none. */
export const updateAndCreateTopicList = defineCommand({
  code: 18,
  name: 'UPDATE_AND_CREATE_TOPIC_LIST',
  action: 'create',
  requestBody: topicConfigList,
})
