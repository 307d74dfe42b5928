import { ProtocolError, responseCode } from '@cometmq/protocol'
import type { TopicConfig } from '@cometmq/protocol/bodies'
import type { SendMessageRequest } from '@cometmq/protocol/commands'
import {
  type BatchItem,
  decodeBatch,
  propertyNames,
  propertyOf,
  retryTopicPrefix,
  sysFlag,
  withProperties,
} from '@cometmq/protocol/message'
import { Refusal, type RequestContext } from '@cometmq/remoting'
import type { MessageToStore } from '@cometmq/store'
import { answerFields, messageOf, type ReceiveDeps, type SendReply, statusCodes } from './received-message.ts'

/** Stores a batch that a client has made: a record for each message, or one for all of them. @throws Refusal */
export async function storeBatch(
  deps: ReceiveDeps,
  request: SendMessageRequest,
  body: Buffer,
  context: RequestContext,
  queueId: number,
  topic: TopicConfig,
): Promise<SendReply> {
  const illegal = (why: string) =>
    new Refusal(responseCode.MESSAGE_ILLEGAL, `a batch to ${request.topic} is refused: ${why}`)
  if (request.topic.startsWith(retryTopicPrefix)) {
    throw new Refusal(responseCode.MESSAGE_ILLEGAL, `batch request does not support retry group ${request.topic}`)
  }
  const properties = request.properties ?? ''
  if ((request.sysFlag & sysFlag.TRANSACTION_MASK) !== 0)
    throw illegal('transactional messages cannot be sent in batches')
  if (Number(propertyOf(properties, propertyNames.DELAY) ?? 0) > 0)
    throw illegal('delayed messages cannot be sent in batches')
  // As in RocketMQ the messages of a batch are stored as they came, without marks of the broker.
  const items = itemsOf(body, illegal)
  if (items.length === 0) throw illegal('it holds no message')
  if (topic.attributes['queue.type'] === 'BatchCQ')
    return storeInnerBatch(deps, messageOf(request, body, context, queueId, properties), items.length)
  const receipt = await deps.store.putBatch(messageOf(request, body, context, queueId, properties), items)

  return {
    code: statusCodes[receipt.status],
    fields: {
      ...answerFields(deps),
      msgId: receipt.physicalOffsets.map((offset) => deps.messageIdAt(offset)).join(','),
      queueId,
      queueOffset: receipt.queueOffset,
      transactionId: propertyOf(properties, propertyNames.UNIQ_KEY),
    },
  }
}

/** In a topic with batch queues the whole batch is one record, which consumers take apart. */
async function storeInnerBatch(deps: ReceiveDeps, message: MessageToStore, count: number): Promise<SendReply> {
  const marked = deps.marker.mark(message.properties)
  const properties = withProperties(marked.properties, { [propertyNames.INNER_NUM]: String(count) })
  const flags = message.sysFlag | sysFlag.INNER_BATCH | sysFlag.NEED_UNWRAP
  const receipt = await deps.store.put({ ...message, properties, sysFlag: flags })
  return {
    code: statusCodes[receipt.status],
    fields: {
      ...answerFields(deps),
      msgId: deps.messageIdAt(receipt.physicalOffset),
      queueId: message.queueId,
      queueOffset: receipt.queueOffset,
      transactionId: marked.uniqKey,
      batchUniqId: marked.uniqKey,
    },
  }
}

function itemsOf(body: Buffer, illegal: (why: string) => Refusal): BatchItem[] {
  try {
    return decodeBatch(body)
  } catch (error) {
    if (error instanceof ProtocolError) throw illegal(error.message)
    throw error
  }
}
