import { checkRecord, readPhysicalOffset, readStoreTimestamp, readTotalSize } from '@cometmq/protocol/message'
import type { Checkpoint } from '../format/checkpoint.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

/** Brokers before 5.4 noted the time of a queue unit before it was durable; they allowed for it with so much. */
const oldCheckpointSlackMs = 3_000

/** The first record of a file. */
interface FirstRecord {
  readonly physicalOffset: number
  readonly storeTimestamp: number
}

/** Whether queue units of all records before this one can be relied on. */
export type IsBehindUs = (record: FirstRecord) => boolean

/** After a clean end: units are there up to the record that is `dispatchedFrom`. */
export const behindOffset =
  (dispatchedFrom: number): IsBehindUs =>
  ({ physicalOffset }) =>
    physicalOffset <= dispatchedFrom

/** After a crash: what the checkpoint says, by offset where it has one. */
export function behindCheckpoint(checkpoint: Checkpoint): IsBehindUs {
  const { logicsPhysicalOffset, logicsMsgTimestamp, physicMsgTimestamp } = checkpoint
  if (logicsPhysicalOffset > 0) return behindOffset(logicsPhysicalOffset)
  const durable = Math.min(logicsMsgTimestamp, physicMsgTimestamp) - oldCheckpointSlackMs
  return ({ storeTimestamp }) => storeTimestamp <= durable
}

/** Where units can be relied on up to a record that is really there: at that record, without looking at what lies before it in its file. */
export async function startAtCheckpoint(
  sequence: SegmentSequence,
  { logicsPhysicalOffset }: Checkpoint,
  checkCrc: boolean,
): Promise<number | undefined> {
  const isThere = logicsPhysicalOffset > 0 && (await isRecordAt(sequence, logicsPhysicalOffset, checkCrc))
  return isThere ? logicsPhysicalOffset : undefined
}

/** The start of the last file whose first record is behind us, or of the first file. */
export async function findStartFile(
  sequence: SegmentSequence,
  isBehindUs: IsBehindUs,
  checkCrc: boolean,
): Promise<number> {
  for (const start of sequence.starts.toReversed()) {
    const record = await readFirstRecord(sequence, start, checkCrc)
    if (record !== undefined && record.storeTimestamp !== 0 && isBehindUs(record)) return start
  }
  return sequence.first ?? 0
}

/** Whether a good record lies at `position`. */
async function isRecordAt(sequence: SegmentSequence, position: number, checkCrc: boolean): Promise<boolean> {
  return (await readFirstRecord(sequence, position, checkCrc))?.physicalOffset === position
}

async function readFirstRecord(
  sequence: SegmentSequence,
  position: number,
  checkCrc: boolean,
): Promise<FirstRecord | undefined> {
  const left = sequence.startOf(position) + sequence.fileBytes - position
  const head = await read(sequence, position, Math.min(left, 8))
  if (head.length < 8) return undefined
  const size = readTotalSize(head, 0)
  if (size <= 0 || size > left) return undefined
  const bytes = await read(sequence, position, size)
  const check = checkRecord(bytes, 0, bytes.length, { checkCrc })
  if (check.kind !== 'record') return undefined
  return { physicalOffset: readPhysicalOffset(bytes, 0), storeTimestamp: readStoreTimestamp(bytes, 0) }
}

async function read(sequence: SegmentSequence, position: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size)
  return bytes.subarray(0, await sequence.read(bytes, position))
}
