import type { FileSystem } from '@cometmq/platform'
import type { DeletedTopics } from '../deletion/deleted-topics.ts'
import { BatchQueue } from '../queue/batch-queue.ts'
import { removeQueueFiles } from '../segment/remove-queue-files.ts'
import type { FoundQueue } from './open-sequences.ts'
import { lastUnitOffset } from './queue-end.ts'

/**
 * Ends what a crash has interrupted: removes the files of queues whose topic was deleted. Those of a topic that was made again since hold only
 * units of later records, since the old files are removed before a new one is made. Answers the queues that remain.
 */
export async function removeDeletedQueues(
  files: FileSystem,
  found: readonly FoundQueue[],
  deleted: DeletedTopics,
): Promise<FoundQueue[]> {
  if (deleted.isEmpty) return [...found]
  const positions = new Map([...deleted.topics()].map(([topic, { before }]) => [topic, before]))
  const remaining: FoundQueue[] = []
  for (const queue of found) {
    const before = positions.get(queue.topic)
    const last = before === undefined ? undefined : ((await lastUnitOffset(queue.sequence)) ?? -1)
    if (before === undefined || last! >= before) remaining.push(queue)
    else {
      await removeQueueFiles(files, queue.sequence)
      if (queue.extended !== undefined) await removeQueueFiles(files, queue.extended)
    }
  }
  return remaining
}

/** The same for batch queues. */
export async function removeDeletedBatches(
  files: FileSystem,
  found: readonly FoundQueue[],
  deleted: DeletedTopics,
): Promise<FoundQueue[]> {
  const positions = new Map([...deleted.topics()].map(([topic, { before }]) => [topic, before]))
  const remaining: FoundQueue[] = []
  for (const queue of found) {
    const { topic, queueId, sequence } = queue
    const before = positions.get(topic)
    const last = before === undefined ? undefined : await new BatchQueue(topic, queueId, sequence).lastPhysicalOffset()
    if (before === undefined || (last ?? -1) >= before) remaining.push(queue)
    else await removeQueueFiles(files, sequence)
  }
  return remaining
}
