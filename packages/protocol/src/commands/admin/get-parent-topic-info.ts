import { defineCommand } from '../../define-command.ts'

/** GET_PARENT_TOPIC_INFO: the lite topics of a topic. Refused: there are no lite topics here. */
export const getParentTopicInfo = defineCommand({
  code: 200075,
  name: 'GET_PARENT_TOPIC_INFO',
  action: 'any',
})
