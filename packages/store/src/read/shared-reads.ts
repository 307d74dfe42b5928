import type { Clock } from '@cometmq/platform'
import type { GetRequest, GetResult } from '../message.ts'

/** Queues of which a read is remembered at the same time; those of one more are read each for itself. */
const maxQueues = 1_024

interface QueueEnds {
  readonly minOffset: number
  readonly maxOffset: number
}

interface SharedRead {
  readonly offset: number
  readonly maxMessages: number
  /** The end of the log then, from which a result counts how far behind it is. */
  readonly written: number
  readonly result: GetResult
}

/**
 * What was read of the newest messages in this turn of the event loop: when messages come, all groups that wait for them read the same records. For a queue it is the last read. With the
 * turn all is forgotten, so that no memory of the log is kept longer.
 */
export class SharedReads {
  readonly #clock: Clock
  readonly #reads = new Map<object, SharedRead>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The result of the same read, if queue and log are still as they were. */
  find(queue: QueueEnds, request: GetRequest, written: number): GetResult | undefined {
    if (this.#reads.size === 0 || !isShareable(request)) return undefined
    const { offset, maxMessages } = request
    const read = this.#reads.get(queue)
    if (read === undefined || read.offset !== offset || read.maxMessages !== maxMessages) return undefined
    const { result } = read
    const isSame =
      read.written === written && result.maxOffset === queue.maxOffset && result.minOffset === queue.minOffset
    return isSame ? result : undefined
  }

  /** `result`: its records are views of memory that nobody changes any more. */
  remember(queue: QueueEnds, request: GetRequest, written: number, result: GetResult): void {
    if (!isShareable(request) || this.#reads.size >= maxQueues) return
    const { offset, maxMessages } = request
    if (this.#reads.size === 0) this.#clock.endOfTick(this.#forget)
    this.#reads.set(queue, { offset, maxMessages, written, result })
  }

  readonly #forget = (): void => this.#reads.clear()
}

/** A filter wants others, and what the broker owes is read without the limits of pulls. */
const isShareable = ({ matchesTag, isOwed }: GetRequest): boolean => matchesTag === undefined && isOwed !== true
