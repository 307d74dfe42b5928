import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { dataVersionShape } from './data-version.ts'
import { json } from './json.ts'
import { int32, int64, list, mapOf, maybe, numberTable, orElse, table, text } from './shapes.ts'
import { subscriptionGroupShape, subscriptionGroupTableShape } from './subscription-group.ts'
import { topicConfigShape } from './topic-config.ts'

/**
 * As RocketMQ 5.5 writes the files of a broker's `config` folder. All releases read them, and we read those of all releases. They are the
 * broker's own, and as large as they are.
 *
 * What a file or one of its entries holds besides what we know, another broker has written there and may want back: it is read too, and whoever
 * writes the file again hands it over again.
 */
const style = { pretty: true, integerKeys: 'unquoted', maxValues: Number.POSITIVE_INFINITY, isExact: true } as const

const topicsShape = v.looseObject({
  dataVersion: maybe(dataVersionShape),
  topicConfigTable: table(v.looseObject(topicConfigShape.entries)),
})
export type TopicsFile = v.InferOutput<typeof topicsShape>
/** `topics.json` */
export const topicsFile: BodyCodec<TopicsFile> = json<TopicsFile>('topics.json', topicsShape, style)

const staticTopicsShape = v.looseObject({ topicQueueMappingInfoMap: maybe(table(v.looseObject({}))) })
export type StaticTopicsFile = v.InferOutput<typeof staticTopicsShape>
/** `topicQueueMapping.json`, of which only the names are read. */
export const staticTopicsFile: BodyCodec<StaticTopicsFile> = json<StaticTopicsFile>(
  'topicQueueMapping.json',
  staticTopicsShape,
  style,
)

const subscriptionGroupsShape = v.looseObject({
  ...subscriptionGroupTableShape.entries,
  subscriptionGroupTable: table(v.looseObject(subscriptionGroupShape.entries)),
})
export type SubscriptionGroupsFile = v.InferOutput<typeof subscriptionGroupsShape>
/** `subscriptionGroup.json` */
export const subscriptionGroupsFile: BodyCodec<SubscriptionGroupsFile> = json<SubscriptionGroupsFile>(
  'subscriptionGroup.json',
  subscriptionGroupsShape,
  style,
)

const delayOffsetsShape = v.looseObject({
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

const consumerOffsetsShape = v.looseObject({
  dataVersion: maybe(dataVersionShape),
  /** `topic@group` → queue → next offset. */
  offsetTable: mapOf(numberTable(int64)),
  /** As `offsetTable`: how far messages were handed out, which RocketMQ 5.5 counts for its statistics. */
  pullOffsetTable: maybe(mapOf(numberTable(int64))),
})
export type ConsumerOffsetsFile = v.InferOutput<typeof consumerOffsetsShape>

const lightOffsetsShape = v.looseObject({
  ...consumerOffsetsShape.entries,
  /** `topic@group` → next offset, for groups named `%LMQ%…`, which read queue 0 alone. */
  lmqOffsetTable: maybe(mapOf(int64)),
})
export type LightOffsetsFile = ConsumerOffsetsFile & { lmqOffsetTable?: Map<string, number> | undefined }

/** `lmqConsumerOffset.json`: with `enableLmq` the offsets of all groups stand there, and not in `consumerOffset.json`. */
export const lightOffsetsFile = withGroupTopicMap(
  json<LightOffsetsFile>('lmqConsumerOffset.json', lightOffsetsShape, style),
)

/** `consumerOffset.json` */
export const consumerOffsetsFile = withGroupTopicMap(
  json<ConsumerOffsetsFile>('consumerOffset.json', consumerOffsetsShape, style),
)

/** Files of offsets tell people which topics a group has: that follows from the rest, and is written anew each time. */
function withGroupTopicMap<T extends ConsumerOffsetsFile>(file: BodyCodec<T>): BodyCodec<T> {
  return {
    decode(bytes) {
      const { groupTopicMap: _, ...rest } = file.decode(bytes)
      return rest as unknown as T
    },
    encode: (value) => file.encode({ ...value, groupTopicMap: topicsByGroup(value.offsetTable.keys()) }),
  }
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
