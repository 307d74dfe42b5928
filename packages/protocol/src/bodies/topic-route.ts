import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { writeFastjson } from '../fastjson/write.ts'
import { json } from './json.ts'
import { flag, int32, list, maybe, numberTable, orElse, table, text } from './shapes.ts'
import { topicQueueMappingInfoShape } from './topic-queue-mapping.ts'

export const queueDataShape = v.object({
  brokerName: text,
  perm: orElse(int32, 0),
  readQueueNums: orElse(int32, 0),
  topicSysFlag: orElse(int32, 0),
  writeQueueNums: orElse(int32, 0),
})
/** The queues of a topic on one broker. */
export type QueueData = v.InferOutput<typeof queueDataShape>

export const brokerDataShape = v.object({
  /** Broker id → `host:port`. 0 is the master. */
  brokerAddrs: numberTable(text),
  brokerName: text,
  cluster: maybe(text),
  enableActingMaster: orElse(flag, false),
  zoneName: maybe(text),
})
/** A broker group: a master and its slaves. */
export type BrokerData = v.InferOutput<typeof brokerDataShape>

const topicRouteShape = v.object({
  brokerDatas: list(brokerDataShape),
  /** `host:port` of a broker → filter servers. */
  filterServerTable: table(list(text)),
  /** `brokerA:4;brokerB:4` for a topic that is consumed in order. */
  orderTopicConf: maybe(text),
  queueDatas: list(queueDataShape),
  topicQueueMappingByBroker: maybe(table(topicQueueMappingInfoShape)),
})
/** Where a topic's queues are. */
export type TopicRouteData = v.InferOutput<typeof topicRouteShape>
export const topicRoute: BodyCodec<TopicRouteData> = json<TopicRouteData>('TopicRouteData', topicRouteShape)

/**
 * The route as text for a client. Clients before 4.9.4 that do not ask for standard JSON know broker ids only without quotes, which no JSON
 * parser takes.
 */
export function encodeTopicRoute(route: TopicRouteData, { standardJson }: { standardJson: boolean }): Buffer {
  return Buffer.from(writeFastjson(route, { integerKeys: standardJson ? 'quoted' : 'unquoted' }))
}
