import { type Address, CometError, formatAddress, type Logger, messageOf as reasonOf } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import {
  pushReplyMessageToClient,
  type SendMessageRequest,
  type SendMessageV2Response,
} from '@cometmq/protocol/commands'
import { propertyNames, propertyOf, withProperties } from '@cometmq/protocol/message'
import { Refusal, type Reply, type RequestContext } from '@cometmq/remoting'
import type { ProducerGroups } from '../connections/producer-groups.ts'
import { brokerLimits } from '../limits.ts'
import { checkedTopic, queueFor, sendRefusal } from './receive-message.ts'
import { answerFields, messageOf, type ReceiveDeps } from './received-message.ts'

export interface PassReplyDeps extends ReceiveDeps {
  producers: ProducerGroups
  /** Where clients connect. */
  storeHost: Address
  logger: Logger
}

type SendReply = Reply<SendMessageV2Response, Buffer>

/** Names that the store gives a meaning: a reply is stored in one queue, as it is. */
const ofTheStore = {
  [propertyNames.INNER_NUM]: undefined,
  [propertyNames.INNER_BASE]: undefined,
  [propertyNames.INNER_MULTI_DISPATCH]: undefined,
  [propertyNames.INNER_MULTI_QUEUE_OFFSET]: undefined,
}

/** What a reply that is not stored is answered with, as by Apache. */
const notStored = { msgId: '0', queueOffset: 0 }

/**
 * Passes the reply to a request on to the producer that asked, and stores it besides. The answer is about the passing on: a reply that could not be stored has
 * arrived all the same. One function for SEND_REPLY_MESSAGE and SEND_REPLY_MESSAGE_V2.
 *
 * Source of order and codes: ReplyMessageProcessor of Apache RocketMQ.
 */
export function passReply(deps: PassReplyDeps) {
  return async (request: SendMessageRequest, body: Buffer, context: RequestContext): Promise<SendReply> => {
    try {
      const topic = await checkedTopic(deps, request, body)
      const queueId = queueFor(deps, request, topic)
      const marked = { ...request, queueId, properties: withProperties(request.properties ?? '', marksOf(deps)) }
      const [problem, stored] = await Promise.all([
        pushed(deps, marked, body, context),
        keep(deps, marked, body, context),
      ])
      const fields = { ...answerFields(deps), ...stored, queueId }
      if (problem === undefined) return { fields }
      const { msgId, queueOffset } = fields
      const ext = { ...marksOf(deps), msgId, queueId: String(queueId), queueOffset: String(queueOffset) }
      throw new Refusal(responseCode.SYSTEM_ERROR, problem, { ext })
    } catch (error) {
      throw error instanceof Refusal && error.ext !== undefined ? error : sendRefusal(error, deps)
    }
  }
}

/** Unlike other messages, replies are not marked with the cluster. */
function marksOf({ options }: PassReplyDeps): Record<string, string> {
  return { [propertyNames.MSG_REGION]: options.region, [propertyNames.TRACE_ON]: String(options.traceOn) }
}

type MarkedRequest = SendMessageRequest & { properties: string }

/** Hands the reply to whoever asked, and waits until it has it. Returns why it has not. */
async function pushed(
  { producers, storeHost, clock }: PassReplyDeps,
  request: MarkedRequest,
  body: Buffer,
  context: RequestContext,
): Promise<string | undefined> {
  const { maxReconsumeTimes: _, batch: __, brokerName: ___, ...fields } = request
  const { properties } = fields
  const clientId = propertyOf(properties, propertyNames.REPLY_TO_CLIENT)
  if (clientId === undefined)
    return `reply message properties[${propertyNames.REPLY_TO_CLIENT}] is null: the reply does not say who asked`
  const asker = producers.client(clientId)
  if (asker === undefined)
    return `push reply message fail, channel of <${clientId}> not found: that producer is not connected to this broker, or its last heartbeat is too old`
  if (asker.peer.isPaused)
    return `push reply message fail: <${clientId}> does not take what it is sent; it has to read more, or to have fewer requests under way`
  const now = clock.now()
  const push = {
    ...fields,
    properties: withProperties(properties, { [propertyNames.PUSH_REPLY_TIME]: String(now) }),
    bornHost: formatAddress(context.peer.remote),
    storeHost: formatAddress(storeHost),
    storeTimestamp: now,
  }
  try {
    await asker.peer.invoke(pushReplyMessageToClient, push, { body, timeoutMs: brokerLimits.replyPushMs })
    return undefined
  } catch (error) {
    if (error instanceof CometError) return `push reply message to <${clientId}> fail: ${error.message}`
    throw error
  }
}

async function keep(
  deps: PassReplyDeps,
  request: MarkedRequest,
  body: Buffer,
  context: RequestContext,
): Promise<typeof notStored> {
  if (!deps.options.storeReplies) return notStored
  const { queueId, properties: sent } = request
  const properties = sent.includes('INNER_') ? withProperties(sent, ofTheStore) : sent
  try {
    const receipt = await deps.store.put(messageOf(request, body, context, queueId, properties))
    return { msgId: deps.messageIdAt(receipt.physicalOffset), queueOffset: receipt.queueOffset }
  } catch (error) {
    if (!(error instanceof CometError)) throw error
    deps.logger.warn({ topic: request.topic, reason: reasonOf(error) }, 'a reply was passed on and could not be stored')
    return notStored
  }
}
