import { crc32 } from 'node:zlib'
import { type Address, assert } from '@cometmq/platform'
import { writeInt16, writeInt32, writeInt64 } from './int64.ts'
import { ipv4Bytes, ipv6Bytes, writeIp } from './ip.ts'
import {
  bornHostAt,
  bornTimestampAt,
  crcAt,
  fixedBytes,
  flagAt,
  type Message,
  magicAt,
  maxPropertiesBytes,
  maxTopicBytes,
  maxTopicBytesV1,
  type Placement,
  physicalOffsetAt,
  queueIdAt,
  queueOffsetAt,
  recordMagicV1,
  recordMagicV2,
  sysFlagAt,
} from './record.ts'
import { sysFlag } from './sys-flag.ts'

/** Topics, and addresses, of which the bytes are kept. When there are more, all are forgotten: they are found again as messages come. */
const maxKnown = 1024

/**
 * Writes records; see `record.ts` for the layout. It keeps the bytes of topics and addresses, as they come again with every message.
 *
 * @example
 * const encoder = new RecordEncoder()
 * const bytes = Buffer.alloc(encoder.sizeOf(message, storeHost))
 * encoder.encode(bytes, 0, message, { queueOffset, physicalOffset, storeTimestamp, storeHost })
 */
export class RecordEncoder {
  readonly #topics = new KnownBytes((topic) => Buffer.from(topic))
  readonly #bornHosts = new KnownBytes(ipBytes)
  readonly #storeHosts = new KnownBytes(ipBytes)

  /** Bytes that the record takes. */
  sizeOf({ topic, bornHost, body, properties }: Message, storeHost: Address): number {
    const topicBytes = this.#topics.of(topic).length
    return (
      fixedBytes +
      this.#bornHosts.of(bornHost.host).length +
      this.#storeHosts.of(storeHost.host).length +
      body.length +
      topicBytes +
      (topicBytes > maxTopicBytesV1 ? 1 : 0) +
      Buffer.byteLength(properties)
    )
  }

  /** Writes the record at `at`, where `sizeOf` bytes are free, and returns its size. */
  encode(into: Buffer, at: number, message: Message, placement: Placement): number {
    const { body } = message
    const bornIp = this.#bornHosts.of(message.bornHost.host)
    const storeIp = this.#storeHosts.of(placement.storeHost.host)
    const storeTimestampAt = writeHost(into, at + bornHostAt, bornIp, message.bornHost.port)
    const reconsumeTimesAt = writeHost(into, storeTimestampAt + 8, storeIp, placement.storeHost.port)
    writeInt32(into, at + crcAt, body.length === 0 ? 0 : crc32(body))
    into[at + crcAt]! &= 0x7f
    writeInt32(into, at + queueIdAt, message.queueId)
    writeInt32(into, at + flagAt, message.flag)
    writeInt64(into, at + queueOffsetAt, placement.queueOffset)
    writeInt64(into, at + physicalOffsetAt, placement.physicalOffset)
    writeInt32(into, at + sysFlagAt, withHostBits(message.sysFlag, bornIp, storeIp))
    writeInt64(into, at + bornTimestampAt, message.bornTimestamp)
    writeInt64(into, storeTimestampAt, placement.storeTimestamp)
    writeInt32(into, reconsumeTimesAt, message.reconsumeTimes)
    writeInt64(into, reconsumeTimesAt + 4, message.preparedTransactionOffset)
    writeInt32(into, reconsumeTimesAt + 12, body.length)
    into.set(body, reconsumeTimesAt + 16)
    const topicAt = reconsumeTimesAt + 16 + body.length
    const topic = this.#topics.of(message.topic)
    const propertiesAt = writeTopic(into, at, topicAt, topic)
    const size = writeProperties(into, propertiesAt, message.properties) - at
    writeInt32(into, at, size)
    return size
  }
}

/** `encode` of an encoder that is used once. */
export function encodeRecord(into: Buffer, at: number, message: Message, placement: Placement): number {
  return new RecordEncoder().encode(into, at, message, placement)
}

/** Texts as bytes, the one asked for last without a search. */
class KnownBytes {
  readonly #toBytes: (text: string) => Buffer
  readonly #known = new Map<string, Buffer>()
  #last = ''
  #lastBytes: Buffer | undefined

  constructor(toBytes: (text: string) => Buffer) {
    this.#toBytes = toBytes
  }

  of(text: string): Buffer {
    if (this.#lastBytes !== undefined && text === this.#last) return this.#lastBytes
    const bytes = this.#known.get(text) ?? this.#learn(text)
    this.#last = text
    this.#lastBytes = bytes
    return bytes
  }

  #learn(text: string): Buffer {
    const bytes = this.#toBytes(text)
    if (this.#known.size >= maxKnown) this.#known.clear()
    this.#known.set(text, bytes)
    return bytes
  }
}

function ipBytes(host: string): Buffer {
  const bytes = Buffer.alloc(ipv6Bytes)
  const size = writeIp(bytes, 0, host)
  assert(size !== undefined, `a message's host must be an IP address, not "${host}"`)
  return bytes.subarray(0, size)
}

function withHostBits(flags: number, bornIp: Buffer, storeIp: Buffer): number {
  return (
    (flags & ~(sysFlag.BORN_HOST_V6 | sysFlag.STORE_HOST_V6)) |
    (bornIp.length === ipv4Bytes ? 0 : sysFlag.BORN_HOST_V6) |
    (storeIp.length === ipv4Bytes ? 0 : sysFlag.STORE_HOST_V6)
  )
}

/** Address and port; returns the position behind. */
function writeHost(into: Buffer, at: number, ip: Buffer, port: number): number {
  for (let i = 0; i < ip.length; i++) into[at + i] = ip[i]!
  writeInt32(into, at + ip.length, port)
  return at + ip.length + 4
}

/** The topic with its length, and the magic, which depends on that; returns the position behind. */
function writeTopic(into: Buffer, recordAt: number, at: number, topic: Buffer): number {
  const { length } = topic
  if (length <= maxTopicBytesV1) {
    writeInt32(into, recordAt + magicAt, recordMagicV1)
    into[at] = length
    into.set(topic, at + 1)
    return at + 1 + length
  }
  assert(length <= maxTopicBytes, `a topic of ${length} bytes does not fit a record`)
  writeInt32(into, recordAt + magicAt, recordMagicV2)
  writeInt16(into, at, length)
  into.set(topic, at + 2)
  return at + 2 + length
}

function writeProperties(into: Buffer, at: number, properties: string): number {
  const bytes = into.write(properties, at + 2)
  assert(bytes <= maxPropertiesBytes, `properties of ${bytes} bytes do not fit a record`)
  writeInt16(into, at, bytes)
  return at + 2 + bytes
}
