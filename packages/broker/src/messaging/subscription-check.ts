import { messageOf } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { SubscriptionGroupConfig } from '@cometmq/protocol/bodies'
import type { PullMessageRequest } from '@cometmq/protocol/commands'
import { parseTagExpression, pullSysFlag } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import type { ConsumerGroups, Subscription } from '../connections/consumer-groups.ts'
import type { ConsumerFilters } from '../filter/consumer-filters.ts'
import type { SqlFilter } from '../filter/sql92/compile.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'

/** Whether a message with that tag hash is wanted; `undefined` wants all. */
export type TagMatcher = ((tagsCode: number) => boolean) | undefined

/** Which messages a pull wants. */
export interface Wanted {
  matchesTag: TagMatcher
  /** Absent: whatever their properties are. */
  matchesProperties?: SqlFilter
}

export interface SubscriptionDeps {
  consumers: ConsumerGroups
  groups: SubscriptionGroups
  filters: ConsumerFilters
  options: { readonly propertyFilter: boolean }
}

/**
 * What a pull wants: from its own expression when it carries one, otherwise from the group's heartbeat. A promise only for an expression of its own that is not of tags.
 * @throws Refusal with the code that makes the client heartbeat again, or stop
 */
export function wantedBy(
  deps: SubscriptionDeps,
  request: PullMessageRequest,
  group: SubscriptionGroupConfig,
): Wanted | Promise<Wanted> {
  if ((request.sysFlag & pullSysFlag.SUBSCRIPTION) !== 0) {
    if (!isTagType(request.expressionType)) return sqlOfRequest(deps, request)
    return { matchesTag: tagMatcherOf(request.subscription) }
  }
  const subscription = registeredSubscription(deps, request, group)
  if (subscription === 'every tag') return { matchesTag: undefined }
  if (!isTagType(subscription.expressionType)) return registeredSql(deps, request, subscription.expressionType)
  const { subString, codeSet } = subscription
  return { matchesTag: isEverything(subString) ? undefined : matcher(codeSet) }
}

/** @throws Refusal when the expression is none */
export function tagMatcherOf(expression: string | undefined): TagMatcher {
  const parsed = parseTagExpression(expression ?? '')
  if (parsed === undefined) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_PARSE_FAILED,
      `parse the consumer's subscription failed: "${expression}" is not a tag expression like "TagA || TagB"`,
    )
  }
  return isEverything(expression) ? undefined : matcher(parsed.codeSet)
}

async function sqlOfRequest({ filters, options }: SubscriptionDeps, request: PullMessageRequest): Promise<Wanted> {
  const type = request.expressionType ?? ''
  const matchesProperties = await compiledSql(filters, type, request.subscription ?? '')
  refuseExpressionType(type, options)
  return { matchesTag: undefined, matchesProperties }
}

/** @throws Refusal when the expression is none */
export async function compiledSql(filters: ConsumerFilters, type: string, expression: string): Promise<SqlFilter> {
  if (type !== 'SQL92') {
    throw new Refusal(
      responseCode.SUBSCRIPTION_PARSE_FAILED,
      `there are no expressions of type ${type}: TAG and SQL92 are known`,
    )
  }
  try {
    return await filters.compile(expression)
  } catch (error) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_PARSE_FAILED,
      `parse the consumer's subscription failed: ${messageOf(error)}`,
    )
  }
}

function registeredSql({ filters, options }: SubscriptionDeps, request: PullMessageRequest, type: string): Wanted {
  const { topic, consumerGroup } = request
  const filter = filters.get(topic, consumerGroup)
  if (filter === undefined) {
    throw new Refusal(
      responseCode.FILTER_DATA_NOT_EXIST,
      `The broker's consumer filter data is not exist! The heartbeats of group ${consumerGroup} brought no expression for ${topic} that could be compiled: the broker's log says why`,
    )
  }
  if (filter.data.clientVersion < request.subVersion) {
    throw new Refusal(
      responseCode.FILTER_DATA_NOT_LATEST,
      `the consumer's consumer filter data not latest: heartbeat again for group ${consumerGroup} and topic ${topic}`,
    )
  }
  refuseExpressionType(type, options)
  return { matchesTag: undefined, matchesProperties: filter.matches }
}

/**
 * What the last heartbeat said. A client whose subscription is newer than that is told to heartbeat again; but the Java client 5.5.0 does that only 30 s later when
 * another of its heartbeats was just under way, as happens a second after its start. Until then one that filters by tags gets everything: clients compare
 * tags themselves, since their hashes collide.
 */
function registeredSubscription(
  { consumers, groups }: SubscriptionDeps,
  request: PullMessageRequest,
  group: SubscriptionGroupConfig,
): Subscription | 'every tag' {
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
    if (request.expressionType === 'TAG' && isTagType(subscription.expressionType)) return 'every tag'
    throw new Refusal(
      responseCode.SUBSCRIPTION_NOT_LATEST,
      `the consumer's subscription not latest: heartbeat again for group ${consumerGroup} and topic ${topic}`,
    )
  }
  return subscription
}

/** @throws Refusal when the broker does not serve such filters */
export function refuseExpressionType(type: string, { propertyFilter }: SubscriptionDeps['options']): void {
  if (propertyFilter) return
  throw new Refusal(
    responseCode.SYSTEM_ERROR,
    `The broker does not support consumer to filter message by ${type}: set enablePropertyFilter=true in its configuration`,
  )
}

export const isTagType = (type: string | undefined): boolean => type === undefined || type === '' || type === 'TAG'

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
