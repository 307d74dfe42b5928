import * as v from 'valibot'
import { flag, int32, int64, list, maybe, numberTable, orElse, table, text } from './shapes.ts'

const info = {
  /** The broker's name. */
  bname: text,
  /** Logical queue → queue of this broker that serves it now. */
  currIdMap: maybe(numberTable(int32)),
  dirty: orElse(flag, false),
  epoch: orElse(int64, 0),
  scope: maybe(text),
  topic: text,
  totalQueues: orElse(int32, 0),
}

/** Which logical queues of a static topic a broker serves. */
export const topicQueueMappingInfoShape = v.object(info)
export type TopicQueueMappingInfo = v.InferOutput<typeof topicQueueMappingInfoShape>
export const mappingInfoTable = table(topicQueueMappingInfoShape)

const mappingItem = v.object({
  bname: maybe(text),
  endOffset: orElse(int64, -1),
  gen: orElse(int32, 0),
  logicOffset: orElse(int64, 0),
  queueId: orElse(int32, 0),
  startOffset: orElse(int64, 0),
  timeOfEnd: orElse(int64, -1),
  timeOfStart: orElse(int64, -1),
})

/** `TopicQueueMappingInfo` and the history of each queue. */
export const topicQueueMappingDetailShape = v.object({ ...info, hostedQueues: maybe(numberTable(list(mappingItem))) })
export type TopicQueueMappingDetail = v.InferOutput<typeof topicQueueMappingDetailShape>
