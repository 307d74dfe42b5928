import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { maxTableValues } from './limits.ts'
import { messageQueueShape } from './message-queue.ts'
import { double, int64, maybe, objectTable, orElse } from './shapes.ts'

const topicOffsetShape = v.object({
  /** Milliseconds since the Unix epoch; 0 for a queue without messages. */
  lastUpdateTimestamp: orElse(int64, 0),
  maxOffset: orElse(int64, 0),
  minOffset: orElse(int64, 0),
})

const topicStatsShape = v.object({
  offsetTable: objectTable(messageQueueShape, topicOffsetShape),
  /** Messages per second. Not in answers of 4.x. */
  topicPutTps: maybe(double),
})
/** How far the queues of a topic are filled. */
export type TopicStats = v.InferOutput<typeof topicStatsShape>
export const topicStats: BodyCodec<TopicStats> = json<TopicStats>('TopicStatsTable', topicStatsShape, {
  maxValues: maxTableValues,
})
