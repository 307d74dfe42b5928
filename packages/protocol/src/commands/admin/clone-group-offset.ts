import { defineCommand, type RequestOf } from '../../define-command.ts'
import { boolean, string } from '../../fields.ts'

/** CLONE_GROUP_OFFSET: give a group the offsets of another. */
export const cloneGroupOffset = defineCommand({
  code: 314,
  name: 'CLONE_GROUP_OFFSET',
  action: 'update',
  request: {
    srcGroup: string({ resource: 'group' }),
    destGroup: string({ resource: 'group' }),
    /** All topics of the group when absent. */
    topic: string({ resource: 'topic', optional: true }),
    /** Also topics that no consumer of the group is subscribed to. */
    offline: boolean({ default: false }),
  },
})
export type CloneGroupOffsetRequest = RequestOf<typeof cloneGroupOffset>
