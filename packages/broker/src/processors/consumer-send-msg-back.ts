import type { Random } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { SubscriptionGroupConfig } from '@cometmq/protocol/bodies'
import { type ConsumerSendMsgBackRequest, consumerSendMsgBack } from '@cometmq/protocol/commands'
import {
  deadLetterTopicOf,
  decodeRecord,
  encodeOffsetMsgId,
  permission,
  propertyNames,
  propertyOf,
  retryTopicOf,
  type StoredMessage,
  withProperties,
} from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import { delayed } from '../delay/delay-levels.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import { refusalOf } from '../messaging/refusals.ts'
import type { BrokerOptions } from '../options.ts'
import type { BrokerStats } from '../stats/broker-stats.ts'
import type { TopicCreation } from '../topics/topic-creation.ts'

export interface SendBackDeps {
  store: MessageStore
  groups: SubscriptionGroups
  topicCreation: TopicCreation
  options: BrokerOptions
  random: Random
  stats: BrokerStats
  /** How many delay levels there are. */
  delayLevels: number
}

/** Clients from this release on may set their own limit of retries. V3_4_9. */
const ownRetryLimitSince = 121
/** The delay level of the first retry when the consumer does not name one. */
const firstRetryLevel = 3

/**
 * CONSUMER_SEND_MSG_BACK: a consumer failed on a message. A copy goes to the group's retry topic, or to its dead letters when it failed too often.
 * It waits there for a
 * delay that grows with the attempts. Source: AbstractSendMessageProcessor of Apache RocketMQ.
 */
export const sendBack = handle(consumerSendMsgBack, (deps: SendBackDeps) => async (request, _body, context) => {
  const group = groupOf(deps, request)
  if (group.retryQueueNums <= 0) return {}
  const original = await originalOf(deps, request)
  const limit =
    context.version >= ownRetryLimitSince && request.maxReconsumeTimes !== undefined
      ? request.maxReconsumeTimes
      : group.retryMaxTimes
  const isGivenUp = original.reconsumeTimes >= limit || request.delayLevel < 0
  const target = isGivenUp ? await deadLetters(deps, request.group) : await retryQueue(deps, group)
  const level = isGivenUp
    ? 0
    : Math.min(request.delayLevel || firstRetryLevel + original.reconsumeTimes, deps.delayLevels)
  await storeCopy(deps, original, target, level)
  deps.stats.returned(original.topic, request.group)
  return {}
})

function groupOf({ groups, options }: SendBackDeps, request: ConsumerSendMsgBackRequest): SubscriptionGroupConfig {
  const group = groups.getOrCreate(request.group)
  if (group === undefined) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `subscription group not exist, ${request.group}: create it with an admin tool, or switch autoCreateSubscriptionGroup on`,
    )
  }
  if ((options.permission & permission.WRITE) === 0) {
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `the broker[${options.brokerName}] sending message is forbidden: its brokerPermission is ${options.permission}, without 2 (write)`,
    )
  }
  return group
}

async function originalOf({ store }: SendBackDeps, { offset }: ConsumerSendMsgBackRequest): Promise<StoredMessage> {
  const record = await store.recordAt(offset)
  if (record === undefined)
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `look message by offset failed, ${offset}: this broker's log has no message there`,
    )
  return decodeRecord(record, 0)
}

interface Target {
  topic: string
  queueId: number
}

async function deadLetters({ topicCreation }: SendBackDeps, group: string): Promise<Target> {
  await topicCreation.forDeadLetters(group)
  return { topic: deadLetterTopicOf(group), queueId: 0 }
}

async function retryQueue({ topicCreation, random }: SendBackDeps, group: SubscriptionGroupConfig): Promise<Target> {
  const topic = retryTopicOf(group.groupName)
  const config = await topicCreation.forRetry(topic, group.retryQueueNums)
  if ((config.perm & permission.WRITE) === 0) {
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `the topic[${topic}] sending message is forbidden: its permission is ${config.perm}, without 2 (write)`,
    )
  }
  return { topic, queueId: random.int(Math.min(group.retryQueueNums, Math.max(config.writeQueueNums, 1))) }
}

async function storeCopy(
  { store }: SendBackDeps,
  original: StoredMessage,
  target: Target,
  level: number,
): Promise<void> {
  const { properties } = original
  const changes = {
    [propertyNames.RETRY_TOPIC]: propertyOf(properties, propertyNames.RETRY_TOPIC) ?? original.topic,
    [propertyNames.ORIGIN_MESSAGE_ID]:
      propertyOf(properties, propertyNames.ORIGIN_MESSAGE_ID) ??
      encodeOffsetMsgId(original.storeHost, original.physicalOffset),
    [propertyNames.WAIT]: 'false',
    [propertyNames.DELAY]: String(level),
  }
  const { flag, sysFlag, bornTimestamp, bornHost, reconsumeTimes, body } = original
  const copy = {
    ...target,
    properties: withProperties(properties, changes),
    waitStored: true,
    flag,
    sysFlag,
    bornTimestamp,
    bornHost,
    reconsumeTimes: reconsumeTimes + 1,
    body,
    preparedTransactionOffset: 0,
  }
  try {
    await store.put(level > 0 ? delayed(copy, level) : copy)
  } catch (error) {
    throw refusalOf(error)
  }
}
