import { isFillerUnit, unitPhysicalOffset } from '../format/queue-unit.ts'
import type { RecordReader } from '../log/record-reader.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'

/** Which of the messages with the wanted time, or of the two neighbours when there is none. */
export type Boundary = 'LOWER' | 'UPPER'

/** When the message at `queueOffset` was stored; `undefined` when its record is not kept any more. */
export async function storeTimeOf(
  queue: ConsumeQueue,
  reader: RecordReader,
  queueOffset: number,
): Promise<number | undefined> {
  if (queueOffset < queue.minOffset || queueOffset >= queue.maxOffset) return undefined
  const unit = await queue.units(queueOffset, queueOffset + 1)
  if (unit.length === 0 || isFillerUnit(unit, 0)) return undefined
  return reader.storeTimestampAt(unitPhysicalOffset(unit, 0))
}

/**
 * `LOWER`: the first message stored at `timestamp` or later, or the end of the queue when there is none.
 * `UPPER`: the last message stored at `timestamp` or before, or the first message when there is none.
 */
export async function searchByTime(
  queue: ConsumeQueue,
  reader: RecordReader,
  timestamp: number,
  boundary: Boundary,
): Promise<number> {
  let low = queue.minOffset
  let high = queue.maxOffset
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const time = await storeTimeOf(queue, reader, middle)
    const isBefore = time === undefined || (boundary === 'LOWER' ? time < timestamp : time <= timestamp)
    if (isBefore) low = middle + 1
    else high = middle
  }
  return boundary === 'LOWER' ? low : Math.max(queue.minOffset, low - 1)
}
