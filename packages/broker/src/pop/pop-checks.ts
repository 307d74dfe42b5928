import { responseCode } from '@cometmq/protocol'
import type { SubscriptionGroupConfig, TopicConfig } from '@cometmq/protocol/bodies'
import { permission } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import type { ConsumerFilters } from '../filter/consumer-filters.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import { compiledSql, isTagType, tagMatcherOf, type Wanted } from '../messaging/subscription-check.ts'
import type { BrokerOptions } from '../options.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { maxBatchMessages } from './check-point.ts'
import { type ExtraInfo, orderReviveQueueId, parseExtraInfo } from './extra-info.ts'

export interface PopCheckDeps {
  store: MessageStore
  topics: TopicTable
  groups: SubscriptionGroups
  filters: ConsumerFilters
  options: BrokerOptions
}

/** A request that was under way for so much longer than it may wait is not worth an answer. */
const lateMs = 500

/** @throws Refusal POLLING_TIMEOUT */
export function refuseLate(now: number, { bornTime, pollTime }: { bornTime: number; pollTime: number }): void {
  if (bornTime <= 0 || now - bornTime - pollTime <= lateMs) return
  const remark = `the broker is too busy, or the clocks differ: the request was born ${now - bornTime} ms ago and was to wait ${pollTime} ms`
  throw new Refusal(responseCode.POLLING_TIMEOUT, remark)
}

/** @throws Refusal */
export function refuseUnreadableBroker({ options }: PopCheckDeps): void {
  if ((options.permission & permission.READ) !== 0) return
  throw new Refusal(
    responseCode.NO_PERMISSION,
    `the broker[${options.brokerName}] pop message is forbidden: its brokerPermission is ${options.permission}, without 4 (read)`,
  )
}

/** @throws Refusal */
export function refuseTooMany(maxMsgNums: number): void {
  if (maxMsgNums <= maxBatchMessages) return
  throw new Refusal(
    responseCode.INVALID_PARAMETER,
    `the broker's pop message's num is greater than ${maxBatchMessages}: ${maxMsgNums} were asked for`,
  )
}

/** The topic that may be popped, and the queue, which is one that it has or −1. @throws Refusal */
export function poppedTopic({ topics }: PopCheckDeps, name: string, queueId: number): TopicConfig {
  const topic = topics.get(name)
  if (topic === undefined)
    throw new Refusal(
      responseCode.TOPIC_NOT_EXIST,
      `topic[${name}] not exist, apply first please! This broker has no such topic; send a message to it or create it with an admin tool`,
    )
  if ((topic.perm & permission.READ) === 0)
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `the topic[${name}] peeking message is forbidden: its permission is ${topic.perm}, without 4 (read)`,
    )
  if (queueId >= topic.readQueueNums || queueId < -1)
    throw new Refusal(
      responseCode.INVALID_PARAMETER,
      `queueId[${queueId}] is illegal, topic:[${name}] topicConfig.readQueueNums:[${topic.readQueueNums}]; refresh the topic's route`,
    )
  if (topics.hasBatchQueues(name))
    throw new Refusal(
      responseCode.REQUEST_CODE_NOT_SUPPORTED,
      `topic[${name}] has queues of batches (queue.type=BatchCQ), which cannot be popped: pull them`,
    )
  return topic
}

/** @throws Refusal */
export function poppingGroup({ groups }: PopCheckDeps, name: string): SubscriptionGroupConfig {
  const group = groups.getOrCreate(name)
  if (group === undefined)
    throw new Refusal(
      responseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `subscription group [${name}] does not exist: create it with an admin tool, or switch autoCreateSubscriptionGroup on`,
    )
  if (!group.consumeEnable)
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `subscription group no permission, ${name}: its consumeEnable is false, set by an administrator, or for being slow (disableConsumeIfConsumerReadSlowly); updateSubGroup -s true lets it read again`,
    )
  return group
}

/** Which messages are wanted: with POP every request says so itself. Filters on properties are served whatever `enablePropertyFilter` is. @throws Refusal */
export async function wantedByPop(
  { filters }: PopCheckDeps,
  { expType, exp }: { expType?: string | undefined; exp?: string | undefined },
): Promise<Wanted> {
  if (exp === undefined || exp === '') return { matchesTag: undefined }
  if (isTagType(expType)) return { matchesTag: tagMatcherOf(exp) }
  return { matchesTag: undefined, matchesProperties: await compiledSql(filters, expType ?? '', exp) }
}

/** A popped message as its consumer names it. */
export interface PoppedMessage {
  readonly topic: string
  readonly queueId: number
  readonly offset: number
  readonly info: ExtraInfo
}

/** What an ACK or a CHANGE_MESSAGE_INVISIBLETIME speaks of. `last`: whether the offset behind the last message will do. @throws Refusal */
export function poppedMessage(
  deps: PopCheckDeps,
  request: { topic: string; queueId: number; offset: number; extraInfo: string; liteTopic?: string | undefined },
  options: { reviveQueues: number; mayBeEnd: boolean },
): PoppedMessage {
  const { topic, queueId, offset, extraInfo, liteTopic } = request
  if (liteTopic !== undefined && liteTopic !== '')
    throw new Refusal(
      responseCode.REQUEST_CODE_NOT_SUPPORTED,
      `lite topics are not supported, and the request is about ${liteTopic} of ${topic}`,
    )
  const config = deps.topics.get(topic)
  if (config === undefined)
    throw new Refusal(
      responseCode.TOPIC_NOT_EXIST,
      `topic[${topic}] not exist, apply first please! The message of this acknowledgement is in no topic of this broker`,
    )
  if (queueId >= config.readQueueNums || queueId < 0)
    throw new Refusal(
      responseCode.MESSAGE_ILLEGAL,
      `queueId[${queueId}] is illegal, topic:[${topic}] topicConfig.readQueueNums:[${config.readQueueNums}]`,
    )
  const min = deps.store.minOffset(topic, queueId)
  const max = deps.store.maxOffset(topic, queueId)
  if (offset < min || offset > max || (offset === max && !options.mayBeEnd))
    throw new Refusal(
      responseCode.NO_MESSAGE,
      `request offset is illegal, key:${topic}@${queueId}, commit=${offset}, minOffset=${min}, maxOffset=${max}`,
    )
  return { topic, queueId, offset, info: extraInfoOf(extraInfo, options.reviveQueues) }
}

function extraInfoOf(text: string, reviveQueues: number): ExtraInfo {
  const info = parseExtraInfo(text)
  if (info === undefined)
    throw new Refusal(responseCode.SYSTEM_ERROR, `"${text.slice(0, 200)}" is no POP_CK (extraInfo) of a popped message`)
  refuseReviveQueue(info.reviveQueueId, reviveQueues)
  return info
}

/** @throws Refusal */
export function refuseReviveQueue(queueId: number, reviveQueues: number): void {
  if (queueId === orderReviveQueueId || (queueId >= 0 && queueId < reviveQueues)) return
  throw new Refusal(
    responseCode.MESSAGE_ILLEGAL,
    `the revive topic has ${reviveQueues} queues, and none with the number ${queueId} of the handle`,
  )
}
