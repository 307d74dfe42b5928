import { deleteSubscriptiongroup } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'
import type { ConsumerOffsets } from '../../offsets/consumer-offsets.ts'
import type { HandedOut } from '../../offsets/handed-out.ts'
import type { OffsetResets } from '../../offsets/offset-resets.ts'

interface Deps {
  groups: SubscriptionGroups
  offsets: ConsumerOffsets
  resets: OffsetResets
  handedOut: HandedOut
  pop: { groupDeleted(group: string): void }
}

/** DELETE_SUBSCRIPTIONGROUP: the group's settings go, and its offsets when asked; a group that is not there is deleted already. */
export const deleteGroup = handle(
  deleteSubscriptiongroup,
  ({ groups, offsets, resets, handedOut, pop }: Deps) =>
    async (request) => {
      const { groupName, cleanOffset } = request
      const isRemoved = groups.remove(groupName)
      resets.removeGroup(groupName)
      handedOut.removeGroup(groupName)
      pop.groupDeleted(groupName)
      if (cleanOffset) offsets.removeGroup(groupName)
      await Promise.all([isRemoved, cleanOffset ? offsets.save() : undefined])
      return {}
    },
)
