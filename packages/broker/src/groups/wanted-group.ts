import { responseCode } from '@cometmq/protocol'
import type { SubscriptionGroupConfig } from '@cometmq/protocol/bodies'
import { checkGroupName } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'
import { liteTopicsNotSupported } from '../lite-topics.ts'
import { alteredAttributes } from '../topics/topic-attributes.ts'
import { attributesOrRefusal } from '../topics/wanted-topic.ts'
import { groupAttributes } from './group-attributes.ts'
import type { SubscriptionGroups } from './subscription-groups.ts'

/** The group to be stored, with its attributes after the change that `wanted` carries. @throws Refusal */
export function checkedGroup(groups: SubscriptionGroups, wanted: SubscriptionGroupConfig): SubscriptionGroupConfig {
  const { groupName, retryQueueNums } = wanted
  const flaw = checkGroupName(groupName)
  if (flaw !== undefined) throw new Refusal(responseCode.INVALID_PARAMETER, flaw)
  if (retryQueueNums > brokerLimits.queuesPerTopic) {
    throw new Refusal(
      responseCode.INVALID_PARAMETER,
      `${retryQueueNums} retry queues for group ${groupName}: a topic has at most ${brokerLimits.queuesPerTopic}`,
    )
  }
  const current = groups.get(groupName)?.attributes
  const changes = Object.entries(wanted.attributes)
  const attributes = attributesOrRefusal(() => alteredAttributes(current, changes, groupAttributes))
  const parent = attributes['lite.bind.topic']
  if (parent !== undefined && parent !== current?.['lite.bind.topic'])
    throw liteTopicsNotSupported(`lite.bind.topic of ${groupName} is refused`, responseCode.INVALID_PARAMETER)
  return { ...wanted, attributes }
}
