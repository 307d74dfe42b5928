import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { maxTableValues } from './limits.ts'
import { messageQueueShape } from './message-queue.ts'
import { double, int64, list, maybe, objectTable, orElse, table, text } from './shapes.ts'

const large = { maxValues: maxTableValues }

const offsetShape = v.object({
  /** Behind the last message of the queue. */
  brokerOffset: orElse(int64, 0),
  /** The next message to consume. */
  consumerOffset: orElse(int64, 0),
  /** When the last message that was consumed was stored; 0 when that is not known. */
  lastTimestamp: orElse(int64, 0),
  /** The next message to be handed out. Not in answers of 4.x. */
  pullOffset: maybe(int64),
})
export type ConsumeOffset = v.InferOutput<typeof offsetShape>

const consumeStatsShape = v.object({
  /** Messages per second. */
  consumeTps: orElse(double, 0),
  offsetTable: objectTable(messageQueueShape, offsetShape),
})
/** How far a group is in each queue. */
export type ConsumeStats = v.InferOutput<typeof consumeStatsShape>
export const consumeStats: BodyCodec<ConsumeStats> = json<ConsumeStats>('ConsumeStats', consumeStatsShape, large)

const consumeStatsListShape = v.object({
  brokerAddr: maybe(text),
  /** Each entry has one group, and a list with the stats of one topic each. */
  consumeStatsList: list(table(list(consumeStatsShape))),
  /** Messages that the groups have not consumed. */
  totalDiff: orElse(int64, 0),
  /** Of them those that were handed out. */
  totalInflightDiff: maybe(int64),
})
/** How far all groups of a broker are. */
export type ConsumeStatsList = v.InferOutput<typeof consumeStatsListShape>
export const consumeStatsList: BodyCodec<ConsumeStatsList> = json<ConsumeStatsList>(
  'ConsumeStatsList',
  consumeStatsListShape,
  large,
)

const timeSpanShape = v.object({
  consumeTimeSpanSet: list(
    v.object({
      /** Store times in milliseconds: of the message consumed last, of the first and of the last of the queue. */
      consumeTimeStamp: orElse(int64, 0),
      /** For how long the next message has waited; 0 when there is none. */
      delayTime: orElse(int64, 0),
      maxTimeStamp: orElse(int64, 0),
      messageQueue: messageQueueShape,
      minTimeStamp: orElse(int64, 0),
    }),
  ),
})
/** How late a group is, by the clock, in each queue of a topic. */
export type ConsumeTimeSpans = v.InferOutput<typeof timeSpanShape>
export const consumeTimeSpans: BodyCodec<ConsumeTimeSpans> = json<ConsumeTimeSpans>(
  'QueryConsumeTimeSpanBody',
  timeSpanShape,
  large,
)
