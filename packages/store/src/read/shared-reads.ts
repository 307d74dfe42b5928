import type { Clock } from '@cometmq/platform'
import type { RecordPlace } from '../log/record-reader.ts'
import type { Tail } from '../log/tail.ts'
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
  /** Where its first and its last record lie in the log. */
  readonly first: number
  readonly last: number
}

/**
 * What was read of the newest messages in this turn of the event loop: when messages come, all groups that wait for them read the same records. For a queue it is the last read. With the
 * turn all is forgotten, so that no memory of the log is kept longer.
 */
export class SharedReads {
  readonly #clock: Clock
  readonly #tail: Pick<Tail, 'share'>
  readonly #reads = new Map<object, SharedRead>()

  constructor(clock: Clock, tail: Pick<Tail, 'share'>) {
    this.#clock = clock
    this.#tail = tail
  }

  /** The result of the same read, if queue and log are still as they were, for the time of the request's own lease: that of the first reader may be over. */
  find(queue: QueueEnds, request: GetRequest, written: number): GetResult | undefined {
    if (this.#reads.size === 0 || !isShareable(request)) return undefined
    const { offset, maxMessages } = request
    const read = this.#reads.get(queue)
    if (read === undefined || read.offset !== offset || read.maxMessages !== maxMessages) return undefined
    const { result } = read
    const isSame =
      read.written === written && result.maxOffset === queue.maxOffset && result.minOffset === queue.minOffset
    return isSame && this.#tail.share(read.first, read.last, request.lease) ? result : undefined
  }

  /** `result`: its records are views of the tail, the first and the last of those at these places. */
  remember(
    queue: QueueEnds,
    request: GetRequest,
    written: number,
    result: GetResult,
    places: readonly RecordPlace[],
  ): void {
    if (!isShareable(request) || this.#reads.size >= maxQueues) return
    const { offset, maxMessages } = request
    const first = places[0]!.physicalOffset
    const last = places.at(-1)!.physicalOffset
    if (this.#reads.size === 0) this.#clock.endOfTick(this.#forget)
    this.#reads.set(queue, { offset, maxMessages, written, result, first, last })
  }

  readonly #forget = (): void => this.#reads.clear()
}

/** A filter wants others, and what the broker owes is read without the limits of pulls. */
const isShareable = ({ matchesTag, isOwed }: GetRequest): boolean => matchesTag === undefined && isOwed !== true
