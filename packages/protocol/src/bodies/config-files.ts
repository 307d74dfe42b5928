import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { writeFastjson } from '../fastjson/write.ts'
import { dataVersionShape } from './data-version.ts'
import { json } from './json.ts'
import { int64, mapOf, maybe, numberTable, table } from './shapes.ts'
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
