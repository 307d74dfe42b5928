import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { maxTableValues } from './limits.ts'
import { list, maybe, numberTable, table, text } from './shapes.ts'
import { brokerDataShape } from './topic-route.ts'

/** Answers of servers that we asked. */
const large = { maxValues: maxTableValues }

const kvTableShape = v.object({ table: table(text) })
export type KvTable = v.InferOutput<typeof kvTableShape>
export const kvTable: BodyCodec<KvTable> = json<KvTable>('KVTable', kvTableShape, large)

const topicListShape = v.object({
  /** `host:port` of a broker that has more of them. */
  brokerAddr: maybe(text),
  topicList: list(text),
})
export type TopicList = v.InferOutput<typeof topicListShape>
export const topicList: BodyCodec<TopicList> = json<TopicList>('TopicList', topicListShape, large)

const clusterInfoShape = v.object({
  /** Broker name → its group. */
  brokerAddrTable: table(brokerDataShape),
  /** Cluster → broker names. */
  clusterAddrTable: table(list(text)),
})
export type ClusterInfo = v.InferOutput<typeof clusterInfoShape>
export const clusterInfo: BodyCodec<ClusterInfo> = json<ClusterInfo>('ClusterInfo', clusterInfoShape, large)

const brokerMemberGroupShape = v.object({
  /** Broker id → `host:port`. */
  brokerAddrs: numberTable(text),
  brokerName: maybe(text),
  cluster: maybe(text),
})
/** The live members of a broker name. */
export type BrokerMemberGroup = v.InferOutput<typeof brokerMemberGroupShape>
const memberGroupAnswerShape = v.object({ brokerMemberGroup: maybe(brokerMemberGroupShape) })
export type BrokerMemberGroupBody = v.InferOutput<typeof memberGroupAnswerShape>
export const brokerMemberGroup: BodyCodec<BrokerMemberGroupBody> = json<BrokerMemberGroupBody>(
  'GetBrokerMemberGroupResponseBody',
  memberGroupAnswerShape,
)
