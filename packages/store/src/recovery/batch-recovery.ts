import type { Logger } from '@cometmq/platform'
import type { DeletedTopics } from '../deletion/deleted-topics.ts'
import { forEachAtOnce } from '../for-each-at-once.ts'
import { type BatchUnit, maxBatchCount } from '../format/batch-unit.ts'
import type { Checkpoint } from '../format/checkpoint.ts'
import type { BatchQueue } from '../queue/batch-queue.ts'
import type { BatchQueues } from '../queue/batch-queues.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { isHoleBehind, zeroRest } from '../segment/zero-rest.ts'
import type { FoundQueue } from './open-sequences.ts'

const queuesAtOnce = 16

export interface BatchRecoveryParts {
  logger: Logger
  log: SegmentSequence
  foundBatches: readonly FoundQueue[]
  batches: BatchQueues
  checkpoint: Checkpoint
  deleted: DeletedTopics
  wasCrash: boolean
  /** The unit in which the disk gives space to queue files, where it is known. */
  queueBlockBytes: number | undefined
}

/** Makes the batch queues agree with the log, in the steps in which recovery does it for all queues. */
export class BatchRecovery {
  readonly #parts: BatchRecoveryParts
  /** Where units ended in the files of each queue when it was cut. */
  readonly #cutEnds = new Map<BatchQueue, number>()

  constructor(parts: BatchRecoveryParts) {
    this.#parts = parts
  }

  /** Makes each queue end before the units of records at or behind `from`; those of `damaged` files all go. */
  async cut(from: number, damaged: ReadonlySet<SegmentSequence>): Promise<void> {
    const { batches, foundBatches, wasCrash, queueBlockBytes: blockBytes } = this.#parts
    batches.clear()
    this.#cutEnds.clear()
    await forEachAtOnce(queuesAtOnce, foundBatches, async ({ topic, queueId, sequence, lastAllocatedBytes }) => {
      if (damaged.has(sequence) && !sequence.isEmpty) {
        await sequence.removeFrom(0)
        await sequence.syncNames()
      }
      const queue = batches.add(topic, queueId, sequence)
      const lastFound = sequence.last
      await queue.endBefore(from)
      const disk = { allocatedBytes: sequence.last === lastFound ? lastAllocatedBytes : undefined, blockBytes }
      if (wasCrash && !sequence.isEmpty) queue.hasRest = !(await isHoleBehind(sequence, queue.endInFiles, disk))
      this.#cutEnds.set(queue, queue.endInFiles)
    })
  }

  /** Makes the unit of a record. Answers the queue when it turns out that it lacks units from before the scan. */
  restore(topic: string, queueId: number, unit: BatchUnit, from: number): BatchQueue | undefined {
    const { batches, deleted, log, logger } = this.#parts
    if (!deleted.isEmpty && deleted.covers(topic, unit.physicalOffset, unit.storeTimestamp)) return undefined
    const queue = batches.findOrMake(topic, queueId)
    const isLacking = unit.baseOffset > queue.maxOffset && from > (log.first ?? 0)
    const dirtyBefore = queue.dirtyUnits
    if (unit.count >= 1 && unit.count <= maxBatchCount && queue.restore(unit))
      batches.appended(queue, queue.dirtyUnits - dirtyBefore)
    else logger.error({ queue: `${queue}`, ...unit }, 'a record has no place in its batch queue')
    return isLacking ? queue : undefined
  }

  /** Removes what lies behind the units, which have been written, and finds the first message of each queue that is still kept. */
  async end(): Promise<void> {
    const { batches, log, checkpoint, wasCrash } = this.#parts
    await forEachAtOnce(queuesAtOnce, [...batches], async (queue) => {
      const { sequence, endInFiles } = queue
      if (queue.hasRest) {
        await queue.removeBehindEnd()
        if ((await zeroRest(sequence, endInFiles)) > 0) await sequence.sync(sequence.startOf(endInFiles))
        queue.hasRest = false
      }
      // As for other queues: a killed process leaves names that a power cut would still take.
      const isKnown = sequence.last !== undefined && sequence.last < (this.#cutEnds.get(queue) ?? 0)
      if (wasCrash && (checkpoint.durableLogOffset === 0 || !isKnown)) batches.distrustNames(queue)
      await queue.correctMinOffset(log.first ?? 0)
    })
  }
}
