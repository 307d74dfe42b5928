import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, int64, string } from '../../fields.ts'

/** What a pull asks for, in PULL_MESSAGE and LITE_PULL_MESSAGE. */
export const pullMessageRequest = {
  consumerGroup: string({ resource: 'group' }),
  topic: string({ resource: 'topic' }),
  queueId: int32(),
  /** The offset to read from. */
  queueOffset: int64(),
  maxMsgNums: int32(),
  /** See `pullSysFlag`. */
  sysFlag: int32(),
  commitOffset: int64(),
  /** How long the broker may hold the request. */
  suspendTimeoutMillis: int64(),
  /** An expression of its own, with `pullSysFlag.SUBSCRIPTION`. */
  subscription: string({ optional: true }),
  subVersion: int64(),
  /** `TAG` or `SQL92`; `TAG` when absent. */
  expressionType: string({ optional: true }),
  /** Sent by clients; the Apache broker ignores it. */
  maxMsgBytes: int32({ optional: true }),
  requestSource: int32({ optional: true }),
  /** Spelled like this on the wire. */
  proxyForwardClientId: string({ wire: 'proxyFrowardClientId', optional: true }),
  brokerName: string({ wire: 'bname', optional: true }),
}

export const pullMessageResponse = {
  /** Broker id to pull from next: 0 is the master. */
  suggestWhichBrokerId: int64(),
  nextBeginOffset: int64(),
  minOffset: int64(),
  maxOffset: int64(),
  offsetDelta: int64({ optional: true }),
  topicSysFlag: int32({ optional: true }),
  groupSysFlag: int32({ optional: true }),
  /** With NO_PERMISSION: 1 broker, 2 group, 3 topic, 4 broadcasting, 5 subscription. */
  forbiddenType: int32({ optional: true }),
}

/** PULL_MESSAGE: read one queue from an offset, or wait until something arrives. The answer's body is records, one behind the other. */
export const pullMessage = defineCommand({
  code: 11,
  name: 'PULL_MESSAGE',
  action: 'sub',
  request: pullMessageRequest,
  response: pullMessageResponse,
})
export type PullMessageRequest = RequestOf<typeof pullMessage>
export type PullMessageResponse = ResponseOf<typeof pullMessage>
