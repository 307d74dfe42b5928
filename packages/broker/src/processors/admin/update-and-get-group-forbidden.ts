import { updateAndGetGroupForbidden } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { SubscriptionGroups } from '../../groups/subscription-groups.ts'

/** UPDATE_AND_GET_GROUP_FORBIDDEN: an administrator forbids a group to read a topic, or allows it, or asks. */
export const groupForbiddenness = handle(
  updateAndGetGroupForbidden,
  ({ groups }: { groups: SubscriptionGroups }) =>
    async ({ group, topic, readable }) => {
      if (readable !== undefined) await groups.setReadable(group, topic, readable)
      return { body: { group, topic, readable: !groups.isForbidden(group, topic) } }
    },
)
