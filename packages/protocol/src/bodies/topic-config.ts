import * as v from 'valibot'
import { ProtocolError } from '../error.ts'
import { readFastjson } from '../fastjson/read.ts'
import { writeFastjson } from '../fastjson/write.ts'
import { json } from './json.ts'
import { flag, int32, oneOfOrElse, orElse, table, text } from './shapes.ts'

export { permission } from '../message/permission.ts'

export const topicConfigShape = v.object({
  attributes: orElse(table(text), {}),
  /** Whether the topic is consumed in order. */
  order: orElse(flag, false),
  /** See `permission`. */
  perm: orElse(int32, 6),
  readQueueNums: orElse(int32, 16),
  topicFilterType: oneOfOrElse(['SINGLE_TAG', 'MULTI_TAG'], 'SINGLE_TAG'),
  topicName: text,
  topicSysFlag: orElse(int32, 0),
  writeQueueNums: orElse(int32, 16),
})
/** A topic as one broker has it. */
export type TopicConfig = v.InferOutput<typeof topicConfigShape>
export const topicConfig = json<TopicConfig>('TopicConfig', topicConfigShape)

/**
 * `name readQueues writeQueues perm filterType attributes`, as in compressed registrations. `order` and `topicSysFlag` are not in it, and
 * attributes that cannot be read are left out.
 */
export function decodeTopicText(line: string): TopicConfig {
  const parts = line.split(' ')
  const [topicName, readQueueNums, writeQueueNums, perm, topicFilterType] = parts
  const attributes = attributesOf(parts[5])
  const topic = { topicName, readQueueNums, writeQueueNums, perm, topicFilterType, attributes }
  const result = v.safeParse(topicConfigShape, topic)
  if (parts.length < 5 || topicName === '' || !result.success)
    throw new ProtocolError(
      `"${line.slice(0, 200)}" is not a topic: name, read queues, write queues, perm, filter type`,
    )
  return result.output
}

function attributesOf(part: string | undefined): unknown {
  try {
    const attributes = part === undefined ? {} : readFastjson(part)
    return v.is(attributesShape, attributes) ? attributes : {}
  } catch (error) {
    if (error instanceof ProtocolError) return {}
    throw error
  }
}

const attributesShape = table(text)

export function encodeTopicText(topic: TopicConfig): string {
  const { topicName, readQueueNums, writeQueueNums, perm, topicFilterType, attributes } = topic
  return [topicName, readQueueNums, writeQueueNums, perm, topicFilterType, writeFastjson(attributes)].join(' ')
}
