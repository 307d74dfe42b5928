import { groupForbidden } from '../../bodies/group-answers.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, string } from '../../fields.ts'

/** UPDATE_AND_GET_GROUP_FORBIDDEN: whether a group may read a topic; sets it first when the request says so. */
export const updateAndGetGroupForbidden = defineCommand({
  code: 353,
  name: 'UPDATE_AND_GET_GROUP_FORBIDDEN',
  action: 'update',
  request: {
    group: string({ resource: 'group' }),
    topic: string({ resource: 'topic' }),
    readable: boolean({ optional: true }),
  },
  responseBody: groupForbidden,
})
export type UpdateAndGetGroupForbiddenRequest = RequestOf<typeof updateAndGetGroupForbidden>
