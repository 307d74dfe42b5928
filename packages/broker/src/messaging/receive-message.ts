import { responseCode } from '@cometmq/protocol'
import type { TopicConfig } from '@cometmq/protocol/bodies'
import type { SendMessageRequest } from '@cometmq/protocol/commands'
import {
  checkTopicName,
  deadLetterTopicOf,
  isForbiddenToSend,
  permission,
  propertyNames,
  propertyOf,
  retryTopicPrefix,
  withProperties,
} from '@cometmq/protocol/message'
import { Refusal, type RequestContext } from '@cometmq/remoting'
import type { MessageToStore, PutReceipt } from '@cometmq/store'
import { delayed, delayLevelOf } from '../delay/delay-levels.ts'
import { refuseLiteMessage } from '../lite-topics.ts'
import { encodeRecallHandle } from '../timer/recall-handle.ts'
import { timed } from '../timer/timer-properties.ts'
import { halfOf, isHalfMessage } from '../transactions/half-message.ts'
import { placeByPriority } from './message-priority.ts'
import { storeBatch } from './receive-batch.ts'
import { messageOf, type ReceiveDeps, type SendReply, statusCodes } from './received-message.ts'
import { refusalOf } from './refusals.ts'

/** Clients from this release on may set their own limit of retries. V3_4_9. */
const ownRetryLimitSince = 121

/**
 * Receives a message: validates it, finds or creates its topic, sends a message that was retried too often to the dead letters, stores it, and answers
 * when the store has kept its promise. One function for SEND_MESSAGE, SEND_MESSAGE_V2 and SEND_BATCH_MESSAGE, which differ in the names of their fields only.
 *
 * Source of order and codes: SendMessageProcessor of Apache RocketMQ.
 */
export function receiveMessage(deps: ReceiveDeps) {
  return (request: SendMessageRequest, body: Buffer, context: RequestContext): Promise<SendReply> => {
    const refuse = (error: unknown): never => {
      throw sendRefusal(error, deps)
    }
    try {
      const topic = checkedTopic(deps, request, body)
      // Most topics are there, and then nothing waits before the store does.
      const reply =
        topic instanceof Promise
          ? topic.then((created) => accept(deps, request, body, context, created))
          : accept(deps, request, body, context, topic)
      return reply.catch(refuse)
    } catch (error) {
      return refuse(error)
    }
  }
}

/** What a sender is told when its message was not taken. Clients look for region and trace switch in refusals too. */
export function sendRefusal(failure: unknown, { options }: Pick<ReceiveDeps, 'options'>): unknown {
  const error = refusalOf(failure)
  if (!(error instanceof Refusal)) return error
  const ext = { MSG_REGION: options.region, TRACE_ON: String(options.traceOn) }
  return new Refusal(error.responseCode, error.message, { cause: error.cause, ext })
}

/** The topic of a message that may be sent, created when it may be. @throws Refusal */
export function checkedTopic(
  { store, topicCreation, options }: ReceiveDeps,
  request: SendMessageRequest,
  body: Buffer,
): TopicConfig | Promise<TopicConfig> {
  if (body.length === 0)
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `the message to ${request.topic} has no body; RocketMQ does not store empty messages`,
    )
  if ((options.permission & permission.WRITE) === 0) {
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `the broker[${options.brokerName}] sending message is forbidden: its brokerPermission is ${options.permission}, without 2 (write)`,
    )
  }
  const topic = topicCreation.existing(request.topic)
  const flaw = topic === undefined ? checkTopicName(request.topic) : undefined
  if (flaw !== undefined) throw new Refusal(responseCode.INVALID_PARAMETER, flaw)
  if (isForbiddenToSend(request.topic))
    throw new Refusal(
      responseCode.NO_PERMISSION,
      `Sending message to topic[${request.topic}] is forbidden. RocketMQ uses it itself.`,
    )
  // Whoever sends to a new topic is told of the full disk, and not that the topic could not be noted.
  if (topic === undefined && store.refusal !== undefined) throw store.refusal
  return topic ?? topicCreation.forSend(request.topic, request.defaultTopic, request.defaultTopicQueueNums)
}

function accept(
  deps: ReceiveDeps,
  request: SendMessageRequest,
  body: Buffer,
  context: RequestContext,
  topic: TopicConfig,
): Promise<SendReply> {
  const queueId = queueFor(deps, request, topic)
  return request.batch
    ? storeBatch(deps, request, body, context, queueId, topic)
    : storeOne(deps, request, body, context, queueId, topic)
}

/** The queue that the sender chose; any, when it left that to the broker. @throws Refusal */
export function queueFor({ random }: ReceiveDeps, request: SendMessageRequest, topic: TopicConfig): number {
  const queues = Math.max(topic.writeQueueNums, topic.readQueueNums)
  if (request.queueId >= queues) {
    throw new Refusal(
      responseCode.INVALID_PARAMETER,
      `request queueId[${request.queueId}] is illegal, topic ${topic.topicName} has ${queues} queues here; refresh its route`,
    )
  }
  return request.queueId < 0 ? random.int(Math.max(topic.writeQueueNums, 1)) : request.queueId
}

function storeOne(
  deps: ReceiveDeps,
  request: SendMessageRequest,
  body: Buffer,
  context: RequestContext,
  wantedQueueId: number,
  topic: TopicConfig,
): Promise<SendReply> {
  const marked = deps.marker.mark(request.properties ?? '')
  const { uniqKey } = marked
  const place = placeByPriority(marked.properties, topic, wantedQueueId)
  const { properties } = place ?? marked
  const queueId = place?.queueId ?? wantedQueueId
  const message = messageOf(request, body, context, queueId, properties)
  const isPlain = !asksForMore.test(properties) && !request.topic.startsWith(retryTopicPrefix)
  const stored: Promise<PutReceipt | RecallableReceipt> = isPlain
    ? deps.store.put(message)
    : storeSpecial(deps, request, context, message)
  return stored.then((receipt) => ({
    code: statusCodes[receipt.status],
    fields: {
      msgId: deps.messageIdAt(receipt.physicalOffset),
      queueId,
      queueOffset: receipt.queueOffset,
      transactionId: uniqKey,
      regionId: deps.options.region,
      traceOn: String(deps.options.traceOn),
      recallHandle: 'recallHandle' in receipt ? receipt.recallHandle : undefined,
    },
  }))
}

/** May match the properties of a plain message, as when a value contains one of these names; never misses one that asks for more than to be stored. */
const asksForMore = /TRAN_MSG|DELAY|TIMER_|INNER_|__LITE_TOPIC/

/** What the store gives, and nobody else: a sender's value could be taken for it when queues are made again from the log. */
const givenByStore = { [propertyNames.INNER_MULTI_QUEUE_OFFSET]: undefined, [propertyNames.INNER_BASE]: undefined }

/** Of a message that waits for a time of its own. */
interface RecallableReceipt extends PutReceipt {
  recallHandle: string
}

/** A message that is delayed, or retried, or the first half of a transaction, or waits for a time of its own. */
async function storeSpecial(
  deps: ReceiveDeps,
  request: SendMessageRequest,
  context: RequestContext,
  message: MessageToStore,
): Promise<PutReceipt | RecallableReceipt> {
  const isHalf = isHalfMessage(message)
  if (isHalf && deps.options.rejectTransactions) throw transactionsForbidden(deps)
  refuseLiteMessage(request.topic, message.properties)
  if (message.properties.includes('INNER_')) {
    if (propertyOf(message.properties, propertyNames.INNER_NUM) !== undefined)
      throw new Refusal(responseCode.MESSAGE_ILLEGAL, 'a message with INNER_NUM that is no inner batch is not stored')
    message.properties = withProperties(message.properties, givenByStore)
  }
  if (request.topic.startsWith(retryTopicPrefix)) await giveUpWhenRetriedTooOften(deps, request, context, message)
  // Its delay begins when it is committed.
  if (isHalf) return deps.store.put(halfOf(message))
  const level = delayLevelOf(message.properties, deps.delayLevels)
  if (level > 0) return deps.store.put(delayed(message, level))
  const wait = timed(message, deps)
  if (wait === undefined) return deps.store.put(message)
  const receipt = await deps.store.put(wait.message)
  const uniqKey = propertyOf(message.properties, propertyNames.UNIQ_KEY) ?? ''
  const { brokerName } = deps.options
  return { ...receipt, recallHandle: encodeRecallHandle({ topic: message.topic, brokerName, uniqKey }, wait.dueMs) }
}

/** A message to a retry topic that was consumed too often, or that an orderly consumer gives up on, goes to the group's dead letters. */
async function giveUpWhenRetriedTooOften(
  deps: ReceiveDeps,
  request: SendMessageRequest,
  context: RequestContext,
  message: MessageToStore,
): Promise<void> {
  const groupName = request.topic.slice(retryTopicPrefix.length)
  const group = deps.groups.getOrCreate(groupName)
  if (group === undefined) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `subscription group not exist, ${groupName}: create it with an admin tool, or switch autoCreateSubscriptionGroup on`,
    )
  }
  const allowed =
    context.version >= ownRetryLimitSince && request.maxReconsumeTimes !== undefined
      ? request.maxReconsumeTimes
      : group.retryMaxTimes
  if (request.reconsumeTimes <= allowed && !deps.queueLocks.isHeldByAny(groupName)) return
  await deps.topicCreation.forDeadLetters(groupName)
  message.topic = deadLetterTopicOf(groupName)
  message.queueId = 0
  message.properties = withProperties(message.properties, { [propertyNames.DELAY]: '-1' })
}

function transactionsForbidden({ options }: ReceiveDeps): Refusal {
  return new Refusal(
    responseCode.NO_PERMISSION,
    `the broker[${options.brokerName}] sending transaction message is forbidden: its rejectTransactionMessage is set`,
  )
}
