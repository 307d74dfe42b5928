import { brokerLimits } from '../limits.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { CheckPoint } from './check-point.ts'
import type { OpenBatches } from './open-batches.ts'
import type { ReviveLog } from './revive-log.ts'
import type { ReviveTail } from './revive-tail.ts'
import { reviveGroup, reviveSeenGroup } from './revive-topic.ts'

interface Advance {
  readonly point: CheckPoint
  readonly next: number
}

/**
 * How far the revive topic is done, and how far it was known, as committed offsets: they are written together with those of the groups. So after a crash it is known which batches were
 * popped since the offsets of the groups were written, and these are moved behind them: what was acknowledged is not popped again.
 */
export class RevivePositions {
  readonly #offsets: ConsumerOffsets
  readonly #log: ReviveLog
  readonly #seenAtStart: readonly (number | undefined)[]
  #advances: Advance[] = []

  constructor(offsets: ConsumerOffsets, log: ReviveLog) {
    this.#offsets = offsets
    this.#log = log
    this.#seenAtStart = Array.from({ length: log.queues }, (_, queueId) => {
      const seen = offsets.get(reviveSeenGroup, log.topic, queueId)
      // Another broker, which notes no such thing, has written the offsets.
      const isUnknown = seen === undefined && offsets.get(reviveGroup, log.topic, queueId) !== undefined
      return isUnknown ? undefined : (seen ?? 0)
    })
  }

  /** The record behind the last of which nothing is open, nor of one before it. */
  first(queueId: number): number {
    return (this.#offsets.get(reviveGroup, this.#log.topic, queueId) ?? -1) + 1
  }

  /** A check point that is read at the start. */
  replayed(queueId: number, reviveOffset: number, point: CheckPoint): void {
    const seen = this.#seenAtStart[queueId]
    const last = point.deltas.at(-1)
    if (seen === undefined || last === undefined || reviveOffset < seen) return
    // Without the rest some messages are popped twice.
    if (this.#advances.length >= brokerLimits.replayedCheckPoints) return
    this.#advances.push({ point, next: point.startOffset + last + 1 })
  }

  /** All check points were read: moves groups behind what they have popped, where nothing lies between. */
  advance(): void {
    const advances = this.#advances.sort((a, b) => a.point.startOffset - b.point.startOffset)
    this.#advances = []
    for (const { point, next } of advances) {
      const { topic, group, queueId, startOffset } = point
      const committed = this.#offsets.get(group, topic, queueId)
      if (committed === undefined || (startOffset <= committed && next > committed))
        this.#offsets.commit(group, topic, queueId, next)
    }
  }

  noteDone(tails: readonly ReviveTail[], open: OpenBatches): void {
    for (const { queueId, nextOffset } of tails) {
      const done = (open.oldest(queueId)?.reviveOffset ?? nextOffset) - 1
      if (done >= 0) this.#offsets.commit(reviveGroup, this.#log.topic, queueId, done)
    }
  }

  /** Notes what is known now, once the offsets of groups count it too. */
  async noteSeen(tails: readonly ReviveTail[]): Promise<void> {
    const ends = tails.map(({ nextOffset }) => nextOffset)
    await this.#log.settle()
    for (const [queueId, end] of ends.entries())
      if (end > 0) this.#offsets.commit(reviveSeenGroup, this.#log.topic, queueId, end)
  }

  /** The offset of a group was set: what it has popped until now says nothing of it any more. */
  noteReset(tails: readonly ReviveTail[]): void {
    for (const { queueId, nextOffset } of tails)
      if (nextOffset > 0) this.#offsets.commit(reviveSeenGroup, this.#log.topic, queueId, nextOffset)
  }
}
