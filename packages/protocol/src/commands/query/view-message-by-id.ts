import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int64, string } from '../../fields.ts'

/** VIEW_MESSAGE_BY_ID: the record at an offset of the commit log, as the answer's body. */
export const viewMessageById = defineCommand({
  code: 33,
  name: 'VIEW_MESSAGE_BY_ID',
  action: 'get',
  request: { offset: int64(), topic: string({ resource: 'topic', optional: true }) },
})
export type ViewMessageByIdRequest = RequestOf<typeof viewMessageById>
