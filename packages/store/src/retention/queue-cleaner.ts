import { type Clock, type Logger, messageOf } from '@cometmq/platform'
import { BatchQueue } from '../queue/batch-queue.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

/** After so many queues others get their turn of the event loop. */
const queuesPerTurn = 2_000

/** What names records of the log, and has to follow when files of the log are removed. */
export interface FollowsLog {
  /** Drops what names records before `minPhysicalOffset`. */
  removeBefore(minPhysicalOffset: number): Promise<unknown>
}

/**
 * Lets consume queues follow the log: a queue begins with the first message that is still kept, and files of it that lie before are removed, those of its extended
 * units too. Never the last one, because it says how far the queue has got. Queues that lost nothing cost two comparisons.
 */
export class QueueCleaner implements FollowsLog {
  readonly #tables: readonly Iterable<ConsumeQueue | BatchQueue>[]
  readonly #clock: Clock
  readonly #logger: Logger

  constructor(tables: readonly Iterable<ConsumeQueue | BatchQueue>[], clock: Clock, logger: Logger) {
    this.#tables = tables
    this.#clock = clock
    this.#logger = logger
  }

  /** Answers how many files were removed. */
  async removeBefore(minPhysicalOffset: number): Promise<number> {
    let removed = 0
    let looked = 0
    for (const queues of this.#tables) {
      for (const queue of queues) {
        if (++looked % queuesPerTurn === 0) await new Promise<void>((resolve) => this.#clock.endOfTick(resolve))
        const { firstPhysicalOffset } = queue
        if (firstPhysicalOffset !== undefined && firstPhysicalOffset < minPhysicalOffset) {
          await queue.correctMinOffset(minPhysicalOffset)
        }
        if (queue.sequence.hasFileBefore(queue.neededFrom)) removed += await this.#removeFiles(queue, queue)
        const extended = queue instanceof BatchQueue ? undefined : queue.extended
        if (extended?.sequence.hasFileBefore(extended.neededFrom)) removed += await this.#removeFiles(queue, extended)
      }
    }
    if (removed > 0) this.#logger.info({ minPhysicalOffset, removed }, 'removed files of consume queues behind the log')
    return removed
  }

  async #removeFiles(queue: ConsumeQueue | BatchQueue, { sequence, neededFrom }: FilesWithNeed): Promise<number> {
    let removed = 0
    try {
      while (!queue.isRemoved && sequence.hasFileBefore(neededFrom)) {
        await sequence.removeFirst()
        removed++
      }
    } catch (error) {
      // The next round tries again: what is left takes room, and nothing else.
      this.#logger.error(
        { path: sequence.path(sequence.first ?? 0), error: messageOf(error) },
        'a file of a consume queue could not be removed',
      )
    }
    return removed
  }
}

interface FilesWithNeed {
  readonly sequence: SegmentSequence
  readonly neededFrom: number
}
