import {
  liteQueuePrefix,
  type RecordLayout,
  readProperties,
  readQueueId,
  readQueueOffset,
  readTopic,
  recordLayout,
} from '@cometmq/protocol/message'
import { targetsOf } from '../dispatch/multi-dispatch.ts'

/**
 * Whether the record says that it has this place in this queue. A damaged unit in a file may point at a whole record that is another queue's, which must
 * not be taken for the message that was meant.
 */
export function isRecordOf(queue: { topic: string; queueId: number }, queueOffset: number, record: Buffer): boolean {
  const layout = recordLayout(record, 0, record.length)
  if (typeof layout === 'string') return false
  const isPlaced = readQueueOffset(record, 0) === queueOffset && readQueueId(record, 0) === queue.queueId
  if (isPlaced && isTopicOf(record, layout, queue.topic)) return true
  if (!queue.topic.startsWith(liteQueuePrefix)) return false
  return targetsOf(readTopic(record, layout), readProperties(record, 0, layout)).some(
    (target) => target.name === queue.topic && target.queueOffset === queueOffset,
  )
}

/** Byte by byte, as topics mostly are ASCII: a text for every record that is read would cost more than the rest of the check. */
function isTopicOf(record: Buffer, layout: RecordLayout, topic: string): boolean {
  const { topicAt, propertiesAt } = layout
  let isSame = propertiesAt - 2 - topicAt === topic.length
  for (let i = 0; isSame && i < topic.length; i++) {
    const byte = record[topicAt + i]!
    isSame = byte < 0x80 && byte === topic.charCodeAt(i)
  }
  return isSame || readTopic(record, layout) === topic
}
