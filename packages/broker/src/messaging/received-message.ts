import type { Clock, Random } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { SendMessageRequest, SendMessageV2Response } from '@cometmq/protocol/commands'
import { propertyNames, propertyOf } from '@cometmq/protocol/message'
import type { Reply, RequestContext } from '@cometmq/remoting'
import type { MessageStore, MessageToStore, PutStatus } from '@cometmq/store'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import type { QueueLocks } from '../locks/queue-locks.ts'
import type { BrokerOptions } from '../options.ts'
import type { TimerRules } from '../timer/timer-properties.ts'
import type { TopicCreation } from '../topics/topic-creation.ts'
import type { PropertyMarker } from './message-properties.ts'

/** What receiving a message takes. */
export interface ReceiveDeps {
  store: MessageStore
  topicCreation: TopicCreation
  groups: SubscriptionGroups
  queueLocks: QueueLocks
  marker: PropertyMarker
  options: BrokerOptions
  /** The offsetMsgId of the record at a physical offset. */
  messageIdAt: (physicalOffset: number) => string
  clock: Clock
  random: Random
  /** How many delay levels there are. */
  delayLevels: number
  timersAt: TimerRules['timersAt']
}

/** The response code of each outcome of the store. */
export const statusCodes: Record<PutStatus, number> = {
  PUT_OK: responseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: responseCode.FLUSH_DISK_TIMEOUT,
}

export type SendReply = Reply<SendMessageV2Response, Buffer>

/** What is stored of a message. */
export function messageOf(
  request: SendMessageRequest,
  body: Buffer,
  context: RequestContext,
  queueId: number,
  properties: string,
): MessageToStore {
  return {
    topic: request.topic,
    queueId,
    flag: request.flag,
    sysFlag: request.sysFlag,
    bornTimestamp: request.bornTimestamp,
    bornHost: context.peer.remote,
    reconsumeTimes: request.reconsumeTimes,
    preparedTransactionOffset: 0,
    properties,
    body,
    waitStored: propertyOf(properties, propertyNames.WAIT) !== 'false',
  }
}

/** What clients look for in every answer to a send. */
export function answerFields({ options }: ReceiveDeps) {
  return { regionId: options.region, traceOn: String(options.traceOn) }
}
