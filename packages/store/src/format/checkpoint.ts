import { readInt64, writeInt64 } from '@cometmq/protocol/message'

/**
 * What is known to be durable, in a file of 4096 bytes of which the first 48 are used. Big-endian 64-bit integers:
 *
 * | at | field | meaning |
 * |---|---|---|
 * | 0 | physicMsgTimestamp | store time of the last record that was in the log at its last flush |
 * | 8 | logicsMsgTimestamp | store time of the last record whose queue unit is durable, as are those of all records before it |
 * | 16 | indexMsgTimestamp | the same for the key index |
 * | 24 | masterFlushedOffset | replication |
 * | 32 | confirmPhyOffset | replication |
 * | 40 | logicsPhysicalOffset | offset of the record of logicsMsgTimestamp; 0 when unknown (brokers before 5.4) |
 */
export interface Checkpoint {
  physicMsgTimestamp: number
  logicsMsgTimestamp: number
  indexMsgTimestamp: number
  masterFlushedOffset: number
  confirmPhyOffset: number
  logicsPhysicalOffset: number
}

export const checkpointFileBytes = 4096
const usedBytes = 48

const fields: readonly (keyof Checkpoint)[] = [
  'physicMsgTimestamp',
  'logicsMsgTimestamp',
  'indexMsgTimestamp',
  'masterFlushedOffset',
  'confirmPhyOffset',
  'logicsPhysicalOffset',
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
  }
}

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  const bytes = Buffer.alloc(checkpointFileBytes)
  fields.forEach((field, index) => {
    writeInt64(bytes, index * 8, checkpoint[field])
  })
  return bytes
}

/** `undefined` when the file is too short or a field is no offset and no time: then nothing in it can be trusted. */
export function decodeCheckpoint(bytes: Buffer): Checkpoint | undefined {
  if (bytes.length < usedBytes) return undefined
  const checkpoint = emptyCheckpoint()
  for (const [index, field] of fields.entries()) {
    const value = readInt64(bytes, index * 8)
    if (!Number.isSafeInteger(value)) return undefined
    checkpoint[field] = value
  }
  return checkpoint
}
