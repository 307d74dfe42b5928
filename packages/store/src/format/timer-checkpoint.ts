import { crc32Of, readInt32, readInt64, writeInt32, writeInt64 } from '@cometmq/protocol/message'

/**
 * How far timers are, in `config/timercheck`, a file of 4096 bytes of which RocketMQ uses the first 56. Big-endian 64-bit integers:
 *
 * | at | field | meaning |
 * |---|---|---|
 * | 0 | lastReadTimeMs | all that was due before is delivered |
 * | 8 | lastTimerLogFlushPos | the timer log is durable before it |
 * | 16 | lastTimerQueueOffset | messages of the queue before it are in the timer log |
 * | 24 | masterTimerQueueOffset | the same, of the master |
 * | 32 | stateVersion, timestamp, counter | the data version |
 * | 56 | mark | `CometMQ1` |
 * | 64 | deliveredFrom | what was delivered of times from lastReadTimeMs on is in the commit log from here on |
 * | 72 | CRC-32 (int32) | of all before |
 *
 * The last three are ours. An Apache broker leaves them alone and changes the others, so that the CRC does not fit any more: its deliveries do not say which timer they are of.
 */
export interface TimerCheckpoint {
  readonly readSecond: number
  readonly logEnd: number
  readonly queueOffset: number
  readonly counter: number
  /** `undefined` when an Apache broker wrote the file. */
  readonly deliveredFrom: number | undefined
}

export const timerCheckpointBytes = 4096
const usedBytes = 56
const mark = Buffer.from('CometMQ1')
const deliveredFromAt = usedBytes + mark.length
const crcAt = deliveredFromAt + 8

export function encodeTimerCheckpoint(checkpoint: TimerCheckpoint, nowMs: number): Buffer {
  const bytes = Buffer.alloc(timerCheckpointBytes)
  writeInt64(bytes, 0, checkpoint.readSecond * 1000)
  writeInt64(bytes, 8, checkpoint.logEnd)
  writeInt64(bytes, 16, checkpoint.queueOffset)
  writeInt64(bytes, 24, checkpoint.queueOffset)
  writeInt64(bytes, 32, 0)
  writeInt64(bytes, 40, nowMs)
  writeInt64(bytes, 48, checkpoint.counter)
  if (checkpoint.deliveredFrom === undefined) return bytes
  mark.copy(bytes, usedBytes)
  writeInt64(bytes, deliveredFromAt, checkpoint.deliveredFrom)
  writeInt32(bytes, crcAt, crc32Of(bytes.subarray(0, crcAt)))
  return bytes
}

/** What a slave is told: the bytes that RocketMQ uses, of the file as it was written last, with the second before which all is delivered as it is now. */
export function toldCheckpoint(written: Buffer | undefined, readSecond: number): Buffer {
  const told = Buffer.alloc(usedBytes)
  written?.copy(told, 0, 0, usedBytes)
  writeInt64(told, 0, readSecond * 1000)
  return told
}

/** Throws when the file is too short, or a field is no offset and no time. */
export function decodeTimerCheckpoint(bytes: Buffer): TimerCheckpoint {
  const fields = Array.from({ length: 7 }, (_, i) => (8 * i + 8 > bytes.length ? Number.NaN : readInt64(bytes, 8 * i)))
  const [readMs, logEnd, queueOffset, masterOffset, , , counter] = fields as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (!fields.every((field) => Number.isSafeInteger(field) && field >= 0))
    throw new Error(`not a checkpoint of timers: ${bytes.length} bytes, ${fields.join(', ')}`)
  const isOurs =
    bytes.length >= crcAt + 4 &&
    bytes.subarray(usedBytes, deliveredFromAt).equals(mark) &&
    readInt32(bytes, crcAt) === crc32Of(bytes.subarray(0, crcAt))
  return {
    readSecond: Math.floor(readMs / 1000),
    logEnd,
    queueOffset: Math.min(queueOffset, masterOffset),
    counter,
    deliveredFrom: isOurs ? readInt64(bytes, deliveredFromAt) : undefined,
  }
}
