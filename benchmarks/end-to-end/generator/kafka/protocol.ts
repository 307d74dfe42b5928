/** Kafka's protocol, as far as the generator speaks it, in the oldest versions that Kafka 4 still takes: they have no tags. */
import type { FrameCutter } from '../connection.ts'
import { crc32c } from './crc32c.ts'

const apiKey = { produce: 0, fetch: 1, createTopics: 19 } as const
const apiVersion = { produce: 3, fetch: 4, createTopics: 2 } as const
const clientId = 'bench'
const requestTimeoutMs = 30_000
/** The leader's log has it; with one replica there are no others. */
const acks = 1

export const errorCode = { none: 0, unknownTopic: 3, leaderNotAvailable: 5, notLeader: 6, topicExists: 36 } as const

/** A length of four bytes that does not count itself. */
export const cutKafkaFrame: FrameCutter = (bytes, at, filled) => {
  if (filled - at < 4) return -1
  const total = bytes.readInt32BE(at) + 4
  if (total < 8 || total > bytes.length) throw new Error(`Kafka sent a frame of ${total} bytes`)
  return at + total <= filled ? at + total : -1
}

export function createTopicRequest(topic: string, partitions: number): Buffer {
  const about = Buffer.concat([text(topic), int32(partitions), int16(1), int32(0), int32(0)])
  return request('createTopics', [int32(1), about, int32(requestTimeoutMs), Buffer.alloc(1)])
}

/** The error of the one topic in the answer to `createTopicRequest`. */
export function createTopicError(bytes: Buffer, at: number): number {
  const nameAt = at + 8 + 4 + 4
  return bytes.readInt16BE(nameAt + 2 + bytes.readInt16BE(nameAt))
}

/**
 * The head of a produce request with one batch of records for one partition, and where in it is patched what depends on
 * the records: see `sealProduce`.
 */
export interface ProduceHead {
  readonly bytes: Buffer
  readonly correlationAt: number
  readonly recordsLengthAt: number
}

/** From the first byte of a batch. */
const inBatch = { length: 8, epoch: 12, crc: 17, attributes: 21, lastOffset: 23, baseTime: 27, maxTime: 35, count: 57 }
export const batchHeadBytes = 61
const magic = 2

export function produceHead(topic: string, partition: number): ProduceHead {
  const batch = Buffer.alloc(batchHeadBytes, 0xff)
  batch.fill(0, 0, inBatch.epoch)
  batch[16] = magic
  batch.fill(0, inBatch.attributes, 43)
  const place = Buffer.concat([int32(1), text(topic), int32(1), int32(partition), int32(0)])
  const bytes = request('produce', [int16(-1), int16(acks), int32(requestTimeoutMs), place, batch])
  return { bytes, correlationAt: 8, recordsLengthAt: bytes.length - batchHeadBytes - 4 }
}

/** Completes the request that begins at 0 with its head and ends with its records. */
export function sealProduce(
  outbox: Buffer,
  length: number,
  head: ProduceHead,
  correlation: number,
  records: number,
  timestampMs: number,
): void {
  const batchAt = head.bytes.length - batchHeadBytes
  outbox.writeInt32BE(length - 4, 0)
  outbox.writeInt32BE(correlation, head.correlationAt)
  outbox.writeInt32BE(length - batchAt, head.recordsLengthAt)
  outbox.writeInt32BE(length - batchAt - inBatch.epoch, batchAt + inBatch.length)
  outbox.writeInt32BE(records - 1, batchAt + inBatch.lastOffset)
  for (const timeAt of [inBatch.baseTime, inBatch.maxTime]) {
    outbox.writeUInt32BE(Math.floor(timestampMs / 2 ** 32), batchAt + timeAt)
    outbox.writeUInt32BE(timestampMs % 2 ** 32, batchAt + timeAt + 4)
  }
  outbox.writeInt32BE(records, batchAt + inBatch.count)
  outbox.writeUInt32BE(crc32c(outbox, batchAt + inBatch.attributes, length), batchAt + inBatch.crc)
}

/** The error of the one partition in the answer to a produce request. */
export function produceError(bytes: Buffer, at: number): number {
  const nameAt = at + 8 + 4
  return bytes.readInt16BE(nameAt + 2 + bytes.readInt16BE(nameAt) + 4 + 4)
}

/** Asks for one partition from an offset on; the broker may wait so long for the first message. */
export function fetchRequest(
  topic: string,
  partition: number,
  offset: number,
  mostBytes: number,
  waitMs: number,
): Buffer {
  const offsetBytes = Buffer.alloc(8)
  offsetBytes.writeBigInt64BE(BigInt(offset))
  const limits = [int32(-1), int32(waitMs), int32(1), int32(mostBytes), Buffer.alloc(1)]
  const place = [int32(1), text(topic), int32(1), int32(partition), offsetBytes, int32(mostBytes)]
  return request('fetch', [...limits, ...place])
}

/** Where the records lie in the answer to a fetch of one partition. */
export function fetchedPartition(
  bytes: Buffer,
  at: number,
): { error: number; recordsAt: number; recordsBytes: number } {
  const nameAt = at + 8 + 4 + 4
  const partitionAt = nameAt + 2 + bytes.readInt16BE(nameAt) + 4
  const error = bytes.readInt16BE(partitionAt + 4)
  // High watermark, last stable offset, then those of transactions that were given up: 16 bytes each, -1 for none.
  const abortedAt = partitionAt + 6 + 16
  const recordsLengthAt = abortedAt + 4 + 16 * Math.max(0, bytes.readInt32BE(abortedAt))
  return { error, recordsAt: recordsLengthAt + 4, recordsBytes: Math.max(0, bytes.readInt32BE(recordsLengthAt)) }
}

/** Walks the records of batches that lie one behind the other; the last batch may be cut off. */
export class RecordBatches {
  offset = 0
  valueAt = 0
  valueBytes = 0
  #at = 0
  #to = 0
  #batchAt = 0
  #batchEnd = 0
  #left = 0
  #baseOffset = 0
  #read = 0

  begin(from: number, to: number): void {
    this.#batchEnd = from
    this.#to = to
    this.#left = 0
  }

  /** Moves on to the next record; false when there is none. */
  next(bytes: Buffer): boolean {
    while (this.#left === 0) if (!this.#nextBatch(bytes)) return false
    this.#left -= 1
    const length = this.#varint(bytes, this.#at)
    const end = this.#at + this.#read + length
    // Attributes, one byte.
    let at = this.#at + this.#read + 1
    this.#varint(bytes, at)
    at += this.#read
    this.offset = this.#baseOffset + this.#varint(bytes, at)
    at += this.#read
    at += Math.max(0, this.#varint(bytes, at)) + this.#read
    this.valueBytes = this.#varint(bytes, at)
    this.valueAt = at + this.#read
    if (end > this.#batchEnd) throw new Error('a record of Kafka runs past its batch')
    this.#at = end
    return true
  }

  #nextBatch(bytes: Buffer): boolean {
    this.#batchAt = this.#batchEnd
    if (this.#to - this.#batchAt < batchHeadBytes) return false
    this.#batchEnd = this.#batchAt + inBatch.epoch + bytes.readInt32BE(this.#batchAt + inBatch.length)
    if (this.#batchEnd > this.#to) return false
    this.#baseOffset = bytes.readUInt32BE(this.#batchAt) * 2 ** 32 + bytes.readUInt32BE(this.#batchAt + 4)
    this.#left = bytes.readInt32BE(this.#batchAt + inBatch.count)
    this.#at = this.#batchAt + batchHeadBytes
    return true
  }

  /** A number of up to five bytes, in zigzag; how many it took is then in `#read`. */
  #varint(bytes: Buffer, at: number): number {
    let value = 0
    let index = 0
    for (; ; index += 1) {
      const byte = bytes[at + index]!
      value |= (byte & 127) << (7 * index)
      if (byte < 128) break
    }
    this.#read = index + 1
    return (value >>> 1) ^ -(value & 1)
  }
}

export function correlationOf(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + 4)
}

/** Writes a number from 0 on as Kafka does, and returns how many bytes that took. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value * 2
  let length = 1
  for (; rest > 127; rest = Math.floor(rest / 128), length += 1) bytes[at + length - 1] = (rest & 127) | 128
  bytes[at + length - 1] = rest
  return length
}

export function varintBytes(value: number): number {
  let length = 1
  for (let rest = value * 2; rest > 127; rest = Math.floor(rest / 128)) length += 1
  return length
}

function request(api: keyof typeof apiKey, content: readonly Buffer[]): Buffer {
  const head = [int16(apiKey[api]), int16(apiVersion[api]), int32(0), text(clientId)]
  const bytes = Buffer.concat([...head, ...content])
  return Buffer.concat([int32(bytes.length), bytes])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int16(bytes.length), bytes])
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
