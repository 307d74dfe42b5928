import type { Clock } from '@cometmq/platform'
import type { SegmentSequence } from './segment-sequence.ts'

/** A read of a block from the page cache takes a fiftieth of this: one that takes longer shows that the block was not there any more. */
const slowReadMs = 2
/** How long nothing is read on the event loop after a slow read. */
const asideAfterSlowMs = 1_000

/**
 * Reads on the event loop what this process has written not long ago, which the system has in its page cache: that takes less than waking a thread, and nobody waits for it.
 * Where memory is short and a read turns out slow, everything is read off the loop for a while; so the disk stalls the loop once a second at most.
 */
export class InlineReads {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #asideUntilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  get isOn(): boolean {
    return this.#clock.monotonicMs() >= this.#asideUntilMs
  }

  /** Fills `memory` from a position on, in one file; answers how many bytes there were. `undefined` when it has to be read off the loop, which tells of failures too. */
  read(sequence: SegmentSequence, memory: Buffer, position: number): number | undefined {
    const before = this.#clock.monotonicMs()
    if (before < this.#asideUntilMs) return undefined
    try {
      return sequence.readNow(memory, position)
    } catch {
      // Whoever reads it off the loop learns why it cannot be read.
      return undefined
    } finally {
      const now = this.#clock.monotonicMs()
      if (now - before > slowReadMs) this.#asideUntilMs = now + asideAfterSlowMs
    }
  }
}
