import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { writeFastjson } from '../fastjson/write.ts'
import { dataVersionShape } from './data-version.ts'
import { json } from './json.ts'
import { int32, int64, list, mapOf, maybe, numberTable, orElse, table, text } from './shapes.ts'
import { type SubscriptionGroupTable, subscriptionGroupTableShape } from './subscription-group.ts'
import { topicConfigShape } from './topic-config.ts'

/**
 * As RocketMQ 5.5 writes the files of a broker's `config` folder. All releases read them, and we read those of all releases. They are the
 * broker's own, and as large as they are.
 */
const style = { pretty: true, integerKeys: 'unquoted', maxValues: Number.POSITIVE_INFINITY } as const

const topicsShape = v.object({ dataVersion: maybe(dataVersionShape), topicConfigTable: table(topicConfigShape) })
export type TopicsFile = v.InferOutput<typeof topicsShape>
/** `topics.json` */
export const topicsFile: BodyCodec<TopicsFile> = json<TopicsFile>('topics.json', topicsShape, style)

/** `subscriptionGroup.json` */
export const subscriptionGroupsFile: BodyCodec<SubscriptionGroupTable> = json<SubscriptionGroupTable>(
  'subscriptionGroup.json',
  subscriptionGroupTableShape,
  style,
)

const delayOffsetsShape = v.object({
  dataVersion: maybe(dataVersionShape),
  /** Delay level → next offset. */
  offsetTable: numberTable(int64),
})
export type DelayOffsetsFile = v.InferOutput<typeof delayOffsetsShape>
/** `delayOffset.json` */
export const delayOffsetsFile: BodyCodec<DelayOffsetsFile> = json<DelayOffsetsFile>(
  'delayOffset.json',
  delayOffsetsShape,
  style,
)

const consumerOffsetsShape = v.object({
  dataVersion: maybe(dataVersionShape),
  /** `topic@group` → queue → next offset. */
  offsetTable: mapOf(numberTable(int64)),
})
export type ConsumerOffsetsFile = v.InferOutput<typeof consumerOffsetsShape>

const lightOffsetsShape = v.object({
  dataVersion: maybe(dataVersionShape),
  offsetTable: mapOf(numberTable(int64)),
  /** `topic@group` → next offset, for groups named `%LMQ%…`, which read queue 0 alone. */
  lmqOffsetTable: maybe(mapOf(int64)),
})
export type LightOffsetsFile = ConsumerOffsetsFile & { lmqOffsetTable?: Map<string, number> | undefined }

/** `lmqConsumerOffset.json`: with `enableLmq` the offsets of all groups stand there, and not in `consumerOffset.json`. */
export const lightOffsetsFile: BodyCodec<LightOffsetsFile> = {
  decode: json<LightOffsetsFile>('lmqConsumerOffset.json', lightOffsetsShape, style).decode,
  encode({ dataVersion, offsetTable, lmqOffsetTable }) {
    const groupTopicMap = topicsByGroup(offsetTable.keys())
    return Buffer.from(writeFastjson({ dataVersion, groupTopicMap, lmqOffsetTable, offsetTable }, style))
  },
}

/** `consumerOffset.json`. Its `groupTopicMap` follows from the rest and is only for people. */
export const consumerOffsetsFile: BodyCodec<ConsumerOffsetsFile> = {
  decode: json<ConsumerOffsetsFile>('consumerOffset.json', consumerOffsetsShape, style).decode,
  encode({ dataVersion, offsetTable }) {
    return Buffer.from(
      writeFastjson({ dataVersion, groupTopicMap: topicsByGroup(offsetTable.keys()), offsetTable }, style),
    )
  },
}

const filterDataShape = v.object({
  bloomFilterData: maybe(v.object({ bitNum: int32, bitPos: list(int32) })),
  /** Milliseconds since the Unix epoch. */
  bornTime: orElse(int64, 0),
  /** The version of the subscription. */
  clientVersion: orElse(int64, 0),
  consumerGroup: text,
  /** When the last consumer of the group left; 0 while it is there. */
  deadTime: orElse(int64, 0),
  expression: orElse(text, ''),
  expressionType: orElse(text, 'TAG'),
  topic: text,
})
/** A subscription with an expression that the broker evaluates. */
export type FilterData = v.InferOutput<typeof filterDataShape>
const consumerFiltersShape = v.object({
  filterDataByTopic: table(v.object({ groupFilterData: table(filterDataShape), topic: text })),
})
export type ConsumerFiltersFile = v.InferOutput<typeof consumerFiltersShape>
/** `consumerFilter.json` */
export const consumerFiltersFile: BodyCodec<ConsumerFiltersFile> = json<ConsumerFiltersFile>(
  'consumerFilter.json',
  consumerFiltersShape,
  style,
)

function topicsByGroup(keys: Iterable<string>): Map<string, string[]> {
  const topics = new Map<string, string[]>()
  for (const key of keys) {
    const [topic, group, more] = key.split('@')
    if (topic === undefined || group === undefined || more !== undefined) continue
    const known = topics.get(group)
    if (known === undefined) topics.set(group, [topic])
    else known.push(topic)
  }
  return topics
}
