import { forEachAtOnce } from '../for-each-at-once.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import type { ConsumeQueue } from './consume-queue.ts'

/** Files that are made at the same time: threads are wanted by others too. */
const madeAtOnce = 2

export interface FirstFilesParts {
  makeDirectories: (sequence: SegmentSequence) => Promise<void>
  /** Makes the lengths of these files durable. */
  syncLengths: (made: readonly SegmentSequence[]) => Promise<void>
}

/**
 * Makes the first files of very many queues at once, with lengths that are durable together: one by one each would wait for the disk. When it fails, none of
 * them is there.
 */
export async function makeFirstFiles(queues: readonly ConsumeQueue[], parts: FirstFilesParts): Promise<void> {
  const made: SegmentSequence[] = []
  try {
    await forEachAtOnce(madeAtOnce, queues, async ({ sequence, firstFile }) => {
      if (firstFile === undefined) return
      await parts.makeDirectories(sequence)
      await sequence.create(firstFile)
      made.push(sequence)
    })
    await parts.syncLengths(made)
  } catch (error) {
    for (const sequence of made) await sequence.removeLast()
    throw error
  }
}
