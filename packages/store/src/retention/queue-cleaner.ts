import { type Clock, type Logger, messageOf } from '@cometmq/platform'
import { unitBytes } from '../format/queue-unit.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'

/** After so many queues others get their turn of the event loop. */
const queuesPerTurn = 2_000

/** What names records of the log, and has to follow when files of the log are removed. */
export interface FollowsLog {
  /** Drops what names records before `minPhysicalOffset`. */
  removeBefore(minPhysicalOffset: number): Promise<unknown>
}

/**
 * Lets consume queues follow the log: a queue begins with the first message that is still kept, and files of it that lie before are removed, the
 * last one never, because its name says how far the queue has got. Queues that lost nothing cost one comparison.
 */
export class QueueCleaner implements FollowsLog {
  readonly #queues: Iterable<ConsumeQueue>
  readonly #clock: Clock
  readonly #logger: Logger

  constructor(queues: Iterable<ConsumeQueue>, clock: Clock, logger: Logger) {
    this.#queues = queues
    this.#clock = clock
    this.#logger = logger
  }

  /** Answers how many files were removed. */
  async removeBefore(minPhysicalOffset: number): Promise<number> {
    let removed = 0
    let looked = 0
    for (const queue of this.#queues) {
      if (++looked % queuesPerTurn === 0) await new Promise<void>((resolve) => this.#clock.endOfTick(resolve))
      const { firstPhysicalOffset } = queue
      if (firstPhysicalOffset !== undefined && firstPhysicalOffset < minPhysicalOffset) {
        await queue.correctMinOffset(minPhysicalOffset)
      }
      removed += await this.#removeFiles(queue)
    }
    if (removed > 0) this.#logger.info({ minPhysicalOffset, removed }, 'removed files of consume queues behind the log')
    return removed
  }

  async #removeFiles(queue: ConsumeQueue): Promise<number> {
    const { sequence } = queue
    let removed = 0
    try {
      while (sequence.first !== sequence.last && sequence.first! + sequence.fileBytes <= queue.minOffset * unitBytes) {
        await sequence.removeFirst()
        removed++
      }
    } catch (error) {
      // The next round tries again: what is left takes room, and nothing else.
      this.#logger.error(
        { path: sequence.path(sequence.first!), error: messageOf(error) },
        'a file of a consume queue could not be removed',
      )
    }
    return removed
  }
}
