import { responseCode } from '@cometmq/protocol'
import type { SubscriptionGroupConfig } from '@cometmq/protocol/bodies'
import type { PullMessageRequest } from '@cometmq/protocol/commands'
import { parseTagExpression, pullSysFlag } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import type { ConsumerGroups } from '../connections/consumer-groups.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'

/** Whether a message with that tag hash is wanted; `undefined` wants all. */
export type TagMatcher = ((tagsCode: number) => boolean) | undefined

export interface SubscriptionDeps {
  consumers: ConsumerGroups
  groups: SubscriptionGroups
}

/**
 * What a pull wants: from its own expression when it carries one, otherwise from the group's heartbeat.
 * @throws Refusal with the code that makes the client heartbeat again, or stop
 */
export function tagMatcherOf(
  deps: SubscriptionDeps,
  request: PullMessageRequest,
  group: SubscriptionGroupConfig,
): TagMatcher {
  if ((request.sysFlag & pullSysFlag.SUBSCRIPTION) !== 0) {
    refuseExpressionType(request.expressionType)
    const parsed = parseTagExpression(request.subscription ?? '')
    if (parsed === undefined) {
      throw new Refusal(
        responseCode.SUBSCRIPTION_PARSE_FAILED,
        `parse the consumer's subscription failed: "${request.subscription}" is not a tag expression like "TagA || TagB"`,
      )
    }
    return isEverything(request.subscription) ? undefined : matcher(parsed.codeSet)
  }
  const { subString, codeSet } = registeredSubscription(deps, request, group)
  return isEverything(subString) ? undefined : matcher(codeSet)
}

function registeredSubscription(
  { consumers, groups }: SubscriptionDeps,
  request: PullMessageRequest,
  group: SubscriptionGroupConfig,
) {
  const { consumerGroup, topic } = request
  const online = consumers.get(consumerGroup)
  if (online === undefined) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's group info not exist: ${consumerGroup} has no consumer that sends heartbeats to this broker`,
    )
  }
  if (online.messageModel === 'BROADCASTING' && !group.consumeBroadcastEnable) {
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `the consumer group[${consumerGroup}] can not consume by broadcast way: its consumeBroadcastEnable is false`,
      { ext: { forbiddenType: '4' } },
    )
  }
  if (groups.isForbidden(consumerGroup, topic)) {
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `the consumer group[${consumerGroup}] is forbidden for topic[${topic}]`,
      { ext: { forbiddenType: '5' } },
    )
  }
  const subscription = online.subscriptions.get(topic)
  if (subscription === undefined) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's subscription not exist: the last heartbeat of group ${consumerGroup} did not subscribe to ${topic}; all consumers of a group must have the same subscriptions`,
    )
  }
  if (subscription.subVersion < request.subVersion) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_NOT_LATEST,
      `the consumer's subscription not latest: heartbeat again for group ${consumerGroup} and topic ${topic}`,
    )
  }
  refuseExpressionType(subscription.expressionType)
  return subscription
}

function refuseExpressionType(type: string | undefined): void {
  if (type === undefined || type === '' || type === 'TAG') return
  throw new Refusal(
    responseCode.SYSTEM_ERROR,
    `The broker does not support consumer to filter message by ${type}: only tag expressions are supported yet`,
  )
}

const isEverything = (expression: string | undefined) =>
  expression === undefined || expression === '' || expression === '*'

/** An expression that is not `*` and names no tag, such as blanks between bars, matches nothing. */
function matcher(codes: readonly number[]): TagMatcher {
  if (codes.length === 1) {
    const only = codes[0]
    return (tagsCode) => tagsCode === only
  }
  const set = new Set(codes)
  return (tagsCode) => set.has(tagsCode)
}
