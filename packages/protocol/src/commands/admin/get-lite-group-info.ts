import { defineCommand } from '../../define-command.ts'

/** GET_LITE_GROUP_INFO: how far a group is behind in its lite topics. Refused: there are no lite topics here. */
export const getLiteGroupInfo = defineCommand({
  code: 200078,
  name: 'GET_LITE_GROUP_INFO',
  action: 'any',
})
