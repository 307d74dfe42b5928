import { extendedAddress } from '../format/extended-unit.ts'
import { unitBytes } from '../format/queue-unit.ts'
import { ExtendedUnits } from '../queue/extended-units.ts'
import { SegmentSequence } from '../segment/segment-sequence.ts'
import { type FoundQueue, type OpenSequencesParts, wrongLength } from './open-sequences.ts'
import { findQueueEnd } from './queue-end.ts'

/** Units that are looked at together on the way back to the last one with an address. */
const blockUnits = 1000

/**
 * The extended units of the queues that were found. A queue whose units name extended ones that are not there has to be made again from the log, as one of which a
 * file is gone: at the places that they name others would come to lie.
 */
export async function findExtended(
  parts: OpenSequencesParts,
  directory: string,
  { fileBytes, isEnabled }: { fileBytes: number; isEnabled: boolean },
  found: readonly FoundQueue[],
): Promise<FoundQueue[]> {
  const { files, handles, logger } = parts
  if (!isEnabled && (await files.stat(directory)) === undefined) return [...found]
  const queues: FoundQueue[] = []
  for (const queue of found) {
    const path = `${directory}/${queue.topic}/${queue.queueId}`
    const { sequence: extended, misfits, gapAt } = await SegmentSequence.find(files, handles, path, fileBytes)
    if (misfits.length > 0 && misfits.length === extended.starts.length)
      throw wrongLength(misfits[0]!, 'mappedFileSizeConsumeQueueExt', fileBytes)
    // A damaged queue is made again in any case, and where a file is missing nothing can be looked for.
    const last = queue.isDamaged ? undefined : await lastAddress(queue.sequence)
    const isWhole =
      misfits.length === 0 &&
      gapAt === undefined &&
      (last === undefined || (await new ExtendedUnits(extended, false).unitAt(last)) !== undefined)
    if (!isWhole)
      logger.warn({ path, misfits, gapAt, last }, 'extended units of a consume queue are missing or damaged')
    queues.push({ ...queue, extended, isDamaged: queue.isDamaged || !isWhole })
  }
  return queues
}

/** The place of the last extended unit that units before `limit` in the log name. */
export async function lastAddress(
  sequence: SegmentSequence,
  limit = Number.POSITIVE_INFINITY,
): Promise<number | undefined> {
  const first = (sequence.first ?? 0) / unitBytes
  let { end } = await findQueueEnd(sequence, limit)
  while (end > first) {
    const from = Math.max(first, end - blockUnits)
    const units = Buffer.allocUnsafe((end - from) * unitBytes)
    const read = await sequence.read(units, from * unitBytes)
    for (let at = read - unitBytes; at >= 0; at -= unitBytes) {
      const address = extendedAddress(units, at)
      if (address !== undefined) return address
    }
    end = from
  }
  return undefined
}
