import { defineCommand } from '../../define-command.ts'

/** GET_LITE_TOPIC_INFO: who subscribes to a lite topic. Refused: there are no lite topics here. */
export const getLiteTopicInfo = defineCommand({
  code: 200076,
  name: 'GET_LITE_TOPIC_INFO',
  action: 'any',
})
