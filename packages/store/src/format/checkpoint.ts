import { crc32Of, readInt32, readInt64, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * What is known to be durable, in a file of 4096 bytes of which RocketMQ uses the first 48. Big-endian 64-bit integers:
 *
 * | at | field | meaning |
 * |---|---|---|
 * | 0 | physicMsgTimestamp | store time of the last record that was in the log at its last flush |
 * | 8 | logicsMsgTimestamp | store time of the last record whose queue unit is durable, as are those of all records before it |
 * | 16 | indexMsgTimestamp | the same for the key index |
 * | 24 | masterFlushedOffset | replication |
 * | 32 | confirmPhyOffset | replication |
 * | 40 | logicsPhysicalOffset | offset of the record of logicsMsgTimestamp; 0 when unknown (brokers before 5.4) |
 * | 48 | mark | `CometMQ1` |
 * | 56 | durableLogOffset | the log up to and with the record at this offset is durable, and so are the names of the files; 0 when unknown |
 * | 64 | CRC-32 (int32) | of all before |
 * | 72 | indexedOffset | all records before it are in the key index as far as they have keys |
 * | 80 | indexEndOffset | offset of the last message in the key index when indexedOffset was written |
 *
 * The last five are ours. An Apache broker leaves them alone and changes the other fields, so that the CRC does not fit any more: it syncs its
 * queues and its log at different times, and its checkpoint says nothing of the log. Of the index it says enough: what it adds, it adds behind.
 */
export interface Checkpoint {
  physicMsgTimestamp: number
  logicsMsgTimestamp: number
  indexMsgTimestamp: number
  masterFlushedOffset: number
  confirmPhyOffset: number
  logicsPhysicalOffset: number
  durableLogOffset: number
  indexedOffset: number
  indexEndOffset: number
}

export const checkpointFileBytes = 4096
const usedBytes = 48
const mark = Buffer.from('CometMQ1')
const durableLogOffsetAt = usedBytes + mark.length
const crcAt = durableLogOffsetAt + 8

/** Where the fields of the key index begin, which end with the last field. */
export const indexClaimAt = 72
export const indexClaimBytes = 16

const fields: readonly (readonly [keyof Checkpoint, number])[] = [
  ['physicMsgTimestamp', 0],
  ['logicsMsgTimestamp', 8],
  ['indexMsgTimestamp', 16],
  ['masterFlushedOffset', 24],
  ['confirmPhyOffset', 32],
  ['logicsPhysicalOffset', 40],
  ['indexedOffset', indexClaimAt],
  ['indexEndOffset', indexClaimAt + 8],
]

/** Knows nothing: recovery then begins at the first file. */
export function emptyCheckpoint(): Checkpoint {
  return {
    physicMsgTimestamp: 0,
    logicsMsgTimestamp: 0,
    indexMsgTimestamp: 0,
    masterFlushedOffset: 0,
    confirmPhyOffset: 0,
    logicsPhysicalOffset: 0,
    durableLogOffset: 0,
    indexedOffset: 0,
    indexEndOffset: 0,
  }
}

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  const bytes = Buffer.alloc(checkpointFileBytes)
  for (const [field, at] of fields) writeInt64(bytes, at, checkpoint[field])
  if (checkpoint.durableLogOffset > 0) {
    mark.copy(bytes, usedBytes)
    writeInt64(bytes, durableLogOffsetAt, checkpoint.durableLogOffset)
    writeInt32(bytes, crcAt, crc32Of(bytes.subarray(0, crcAt)))
  }
  return bytes
}

/** `undefined` when the file is too short or a field is no offset and no time: then nothing in it can be trusted. */
export function decodeCheckpoint(bytes: Buffer): Checkpoint | undefined {
  if (bytes.length < usedBytes) return undefined
  const checkpoint = emptyCheckpoint()
  for (const [field, at] of fields) {
    const value = at + 8 > bytes.length ? 0 : readInt64(bytes, at)
    if (!Number.isSafeInteger(value)) return undefined
    checkpoint[field] = value
  }
  if (isMarked(bytes)) checkpoint.durableLogOffset = readInt64(bytes, durableLogOffsetAt)
  return checkpoint
}

function isMarked(bytes: Buffer): boolean {
  return (
    bytes.length >= crcAt + 4 &&
    bytes.subarray(usedBytes, durableLogOffsetAt).equals(mark) &&
    readInt32(bytes, crcAt) === crc32Of(bytes.subarray(0, crcAt))
  )
}
