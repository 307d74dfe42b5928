import type { FileSystem, Logger } from '@cometmq/platform'
import type { DeletedTopics } from '../deletion/deleted-topics.ts'
import { forEachAtOnce } from '../for-each-at-once.ts'
import type { Checkpoint } from '../format/checkpoint.ts'
import { isFillerUnit, unitBytes, unitPhysicalOffset } from '../format/queue-unit.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'
import type { QueueTable } from '../queue/queue-table.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { isHoleBehind, zeroRest } from '../segment/zero-rest.ts'
import { lastAddress } from './find-extended.ts'
import type { FoundQueue } from './open-sequences.ts'
import { findQueueEnd } from './queue-end.ts'

const queuesAtOnce = 16

export interface QueueRecoveryParts {
  files: FileSystem
  logger: Logger
  log: SegmentSequence
  found: readonly FoundQueue[]
  queues: QueueTable
  queueFlusher: QueueFlusher
  checkpoint: Checkpoint
  deleted: DeletedTopics
  wasCrash: boolean
  /** The unit in which the disk gives space to queue files, where it is known. */
  queueBlockBytes: number | undefined
}

/** What recovery makes of a record in each queue that it is in. */
export interface RestoredUnit {
  readonly physicalOffset: number
  readonly size: number
  readonly tagsCode: number
  readonly storeTimestamp: number
}

/** Makes the consume queues agree with the log, in the steps in which recovery does it for all queues. */
export class QueueRecovery {
  readonly #parts: QueueRecoveryParts
  readonly #seenEnds = new Map<ConsumeQueue, number>()
  readonly #cutEnds = new Map<ConsumeQueue, number>()
  /** Where the record of the first unit of a queue is, as long as that unit is the one that was in the file. */
  readonly #firstRecords = new Map<ConsumeQueue, number>()
  /** Queues behind whose units something may lie in their last file. */
  readonly #unclean = new Set<ConsumeQueue>()
  readonly #damaged: Set<SegmentSequence>

  /** `damaged`: files that are made again from the log; those that turn out to be are added. */
  constructor(parts: QueueRecoveryParts, damaged: Set<SegmentSequence>) {
    this.#parts = parts
    this.#damaged = damaged
  }

  /** Makes each queue end before the units of records at or behind `from`; those of damaged files all go. */
  async cut(from: number): Promise<void> {
    const { found, queues, logger, files, wasCrash, queueBlockBytes } = this.#parts
    this.#seenEnds.clear()
    this.#cutEnds.clear()
    this.#unclean.clear()
    this.#firstRecords.clear()
    queues.clear()
    await forEachAtOnce(queuesAtOnce, found, async ({ topic, queueId, sequence, extended, lastAllocatedBytes }) => {
      if (this.#damaged.has(sequence) && !sequence.isEmpty) {
        logger.warn({ directory: sequence.directory }, 'removing a damaged consume queue, which is made again')
        await sequence.removeFrom(0)
        await files.syncDirectory(sequence.directory)
      }
      const { end, seenEnd, block } = await findQueueEnd(sequence, from)
      const firstUnit = (sequence.first ?? 0) / unitBytes
      const queue = queues.add(topic, queueId, sequence, { minOffset: firstUnit, maxOffset: end }, extended)
      if (extended !== undefined) await queue.extended?.endBehind(await lastAddress(sequence, from))
      this.#seenEnds.set(queue, seenEnd)
      this.#cutEnds.set(queue, end)
      if (end > firstUnit && block.at === firstUnit * unitBytes && !isFillerUnit(block.bytes, 0))
        this.#firstRecords.set(queue, unitPhysicalOffset(block.bytes, 0))
      if (!wasCrash) return
      const disk = { allocatedBytes: lastAllocatedBytes, blockBytes: queueBlockBytes }
      // Behind what was seen: units from the cut on are no reason to read the whole file, as most of them are made again, and `end` erases the others.
      if (!sequence.isEmpty && !(await isHoleBehind(sequence, seenEnd * unitBytes, disk, block)))
        this.#unclean.add(queue)
    })
  }

  /**
   * Makes the unit of a record. Answers the queue when it turns out that it lacks units from before the scan.
   *
   * A place behind the end: when the scan has not begun at the first record, the units between were lost. A place that is taken: the topic was
   * removed and made again, with offsets from 0, and the later record counts. A place before the first file: the file was lost.
   */
  restore(
    topic: string,
    queueId: number,
    queueOffset: number,
    unit: RestoredUnit,
    from: number,
  ): ConsumeQueue | undefined {
    const { queues, queueFlusher, deleted, log } = this.#parts
    const { physicalOffset, size, tagsCode, storeTimestamp } = unit
    if (!deleted.isEmpty && deleted.covers(topic, physicalOffset, storeTimestamp)) return undefined
    const queue = queues.findOrMake(topic, queueId)
    const dirtyBefore = queue.dirtyUnits
    const endBefore = queue.maxOffset
    if (queueOffset < endBefore) {
      this.#firstRecords.delete(queue)
      this.#seenEnds.set(queue, Math.max(this.#seenEnds.get(queue) ?? 0, endBefore))
      if (queueOffset < queue.baseOffset) return this.#beforeFirstFile(queue, queueOffset, from)
    }
    queue.restore(queueOffset, physicalOffset, size, tagsCode, storeTimestamp)
    queueFlusher.appended(queue, queue.dirtyUnits - dirtyBefore)
    return queueOffset > endBefore && from > (log.first ?? 0) ? queue : undefined
  }

  #beforeFirstFile(queue: ConsumeQueue, queueOffset: number, from: number): ConsumeQueue | undefined {
    if (!this.#damaged.has(queue.sequence)) {
      this.#damaged.add(queue.sequence)
      return queue
    }
    this.#parts.logger.error(
      { queue: `${queue}`, queueOffset, from },
      'a message lies before the first file of its queue',
    )
    return undefined
  }

  /** Writes the units that were made, removes what lies behind them, and finds the first message of each queue that is still kept. */
  async end(): Promise<void> {
    const { queues, queueFlusher, log, files, wasCrash } = this.#parts
    await queueFlusher.write()
    this.#distrustNames()
    const minPhysicalOffset = log.first ?? 0
    await forEachAtOnce(queuesAtOnce, [...queues], async (queue) => {
      const { sequence } = queue
      const end = queue.maxOffset * unitBytes
      const seenEnd = this.#seenEnds.get(queue) ?? 0
      // The first file stays even when it holds nothing: its name says where the queue has got to.
      const removed = await sequence.removeFrom(Math.max(end, (sequence.first ?? 0) + 1))
      if (removed > 0) await files.syncDirectory(sequence.directory)
      if (this.#unclean.has(queue) || removed > 0 || seenEnd > queue.maxOffset) {
        if ((await zeroRest(sequence, end)) > 0) await sequence.sync(sequence.startOf(end))
      }
      if (wasCrash && queue.extended !== undefined) await zeroRest(queue.extended.sequence, queue.extended.end)
      await queue.correctMinOffset(minPhysicalOffset, this.#firstRecords.get(queue))
      queue.nextOffset = queue.maxOffset
    })
  }

  /**
   * A killed process leaves files whose names a power cut would still take: those that hold no unit from before the checkpoint. An Apache broker
   * does not sync names at all.
   */
  #distrustNames(): void {
    const { queues, queueFlusher, checkpoint, wasCrash } = this.#parts
    if (!wasCrash) return
    for (const queue of queues) {
      const { last } = queue.sequence
      const isKnown = last !== undefined && last < (this.#cutEnds.get(queue) ?? 0) * unitBytes
      if (checkpoint.durableLogOffset === 0 || !isKnown) queueFlusher.distrustNames(queue)
    }
  }
}
