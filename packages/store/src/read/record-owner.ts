import {
  liteQueuePrefix,
  readProperties,
  readQueueId,
  readQueueOffset,
  readTopic,
  recordLayout,
} from '@cometmq/protocol/message'
import { targetsOf } from '../dispatch/multi-dispatch.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'

/**
 * Whether the record says that it has this place in this queue. A damaged unit in a file may point at a whole record that is another queue's, which must
 * not be taken for the message that was meant.
 */
export function isRecordOf(queue: ConsumeQueue, queueOffset: number, record: Buffer): boolean {
  const layout = recordLayout(record, 0, record.length)
  if (typeof layout === 'string') return false
  const topic = readTopic(record, layout)
  if (readQueueOffset(record, 0) === queueOffset && readQueueId(record, 0) === queue.queueId && topic === queue.topic)
    return true
  if (!queue.topic.startsWith(liteQueuePrefix)) return false
  return targetsOf(topic, readProperties(record, 0, layout)).some(
    (target) => target.name === queue.topic && target.queueOffset === queueOffset,
  )
}
