import { type Address, assert } from '@cometmq/platform'
import { ProtocolError } from '../error.ts'
import { readInt16, readInt32, readInt64 } from './int64.ts'
import { ipSize, ipv4Bytes, ipv6Bytes, readIp } from './ip.ts'
import { sysFlag } from './sys-flag.ts'

/**
 * A message as it stands in the commit log and in the answers to pulls, all integers big-endian:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 4 | total size |
 * | 4 | 4 | magic: version 1, version 2, or blank |
 * | 8 | 4 | CRC-32 of the body & 0x7fffffff |
 * | 12 | 4 | queue id |
 * | 16 | 4 | flag, the sender's |
 * | 20 | 8 | queue offset |
 * | 28 | 8 | physical offset |
 * | 36 | 4 | sysFlag |
 * | 40 | 8 | born timestamp, ms |
 * | 48 | b = 8 or 20 | born host: address (IPv6 when sysFlag has 0x10), port as int32 |
 * | 48 + b | 8 | store timestamp, ms |
 * | 56 + b | s = 8 or 20 | store host: address (IPv6 when sysFlag has 0x20), port as int32 |
 * | 56 + b + s | 4 | times that the message was consumed again |
 * | 60 + b + s | 8 | offset of the prepared message of a transaction |
 * | 68 + b + s | 4 | body length |
 * | 72 + b + s | n | body |
 * | | 1 or 2 | topic length: int8 in version 1, int16 in version 2 |
 * | | m | topic, UTF-8 |
 * | | 2 | properties length |
 * | | p | properties, UTF-8 |
 *
 * Version 2 is for topics of more than 127 bytes. A log file ends with a blank: its size, the blank's magic, and anything.
 */
export const recordMagicV1 = 0xdaa320a7 | 0
export const recordMagicV2 = 0xdaa320ab | 0
export const blankMagic = 0xcbd43194 | 0

export const magicAt = 4
export const crcAt = 8
export const queueIdAt = 12
export const flagAt = 16
export const queueOffsetAt = 20
export const physicalOffsetAt = 28
export const sysFlagAt = 36
export const bornTimestampAt = 40
export const bornHostAt = 48
/** Size without hosts' addresses, body, topic and properties, in version 1. */
export const fixedBytes = 83
const ipv6Extra = ipv6Bytes - ipv4Bytes

/** The smallest record: IPv4 hosts and nothing in it. */
export const minRecordBytes = fixedBytes + 2 * ipv4Bytes
export const minBlankBytes = 8
/** A longer topic needs version 2. */
export const maxTopicBytesV1 = 127
export const maxTopicBytes = 32_767
/** The length field of the properties is an int16. */
export const maxPropertiesBytes = 32_767

/** What a sender says of a message. */
export interface Message {
  topic: string
  queueId: number
  flag: number
  /** The bits for IPv6 hosts are set by the codec. */
  sysFlag: number
  bornTimestamp: number
  /** The host is an IP address. */
  bornHost: Address
  reconsumeTimes: number
  preparedTransactionOffset: number
  /** As encoded by `encodeProperties`. */
  properties: string
  body: Buffer
}

/** What the store says of a message. */
export interface Placement {
  queueOffset: number
  physicalOffset: number
  storeTimestamp: number
  /** The broker's address; the host is an IP address. */
  storeHost: Address
}

export interface StoredMessage extends Message, Placement {
  /** Bytes of the whole record. */
  size: number
  bodyCrc: number
}

/** Bytes that the record takes. */
export function recordSize(message: Message, storeHost: Address): number {
  const topicBytes = Buffer.byteLength(message.topic)
  return (
    fixedBytes +
    hostSize(message.bornHost) +
    hostSize(storeHost) +
    message.body.length +
    topicBytes +
    (topicBytes > maxTopicBytesV1 ? 1 : 0) +
    Buffer.byteLength(message.properties)
  )
}

function hostSize({ host }: Address): number {
  const size = ipSize(host)
  assert(size !== undefined, `a message's host must be an IP address, not "${host}"`)
  return size
}

export const ipv4HostBytes = ipv4Bytes + 4

/** Reads the record at `at`. The body is a view of `bytes`. Throws `ProtocolError`. */
export function decodeRecord(bytes: Buffer, at: number): StoredMessage {
  const layout = recordLayout(bytes, at, bytes.length)
  if (typeof layout === 'string') throw new ProtocolError(`no message record at byte ${at}: ${layout}`)
  const { size, bornHostBytes, storeHostBytes, bodyAt, topicAt, propertiesAt } = layout
  const storeTimestampAt = at + bornHostAt + bornHostBytes
  const reconsumeTimesAt = storeTimestampAt + 8 + storeHostBytes
  return {
    size,
    topic: bytes.toString('utf8', topicAt, propertiesAt - 2),
    queueId: readInt32(bytes, at + queueIdAt),
    flag: readInt32(bytes, at + flagAt),
    sysFlag: readInt32(bytes, at + sysFlagAt),
    bornTimestamp: readInt64(bytes, at + bornTimestampAt),
    bornHost: readHost(bytes, at + bornHostAt, bornHostBytes),
    reconsumeTimes: readInt32(bytes, reconsumeTimesAt),
    preparedTransactionOffset: readInt64(bytes, reconsumeTimesAt + 4),
    properties: bytes.toString('utf8', propertiesAt, at + size),
    body: bytes.subarray(bodyAt, bodyAt + layout.bodyBytes),
    bodyCrc: readInt32(bytes, at + crcAt),
    queueOffset: readInt64(bytes, at + queueOffsetAt),
    physicalOffset: readInt64(bytes, at + physicalOffsetAt),
    storeTimestamp: readInt64(bytes, storeTimestampAt),
    storeHost: readHost(bytes, storeTimestampAt + 8, storeHostBytes),
  }
}

function readHost(bytes: Buffer, at: number, hostBytes: number): Address {
  const size = hostBytes === ipv4HostBytes ? ipv4Bytes : ipv6Bytes
  return { host: readIp(bytes, at, size), port: readInt32(bytes, at + size) }
}

/** Where the parts of a record lie, positions within the buffer. */
export interface RecordLayout {
  kind: 'record'
  size: number
  bornHostBytes: number
  storeHostBytes: number
  bodyAt: number
  bodyBytes: number
  topicAt: number
  /** The properties end with the record. */
  propertiesAt: number
}

/** The layout of the record at `at`, with every length checked against `end`; the flaw in words when there is no whole record. */
export function recordLayout(bytes: Buffer, at: number, end: number): RecordLayout | string {
  if (end - at < minRecordBytes) return `${end - at} bytes are fewer than a record has`
  const size = readInt32(bytes, at)
  if (size < minRecordBytes) return `its size is ${size}`
  if (size > end - at) return `its size is ${size}, and ${end - at} bytes are there`
  const magic = readInt32(bytes, at + magicAt)
  if (magic !== recordMagicV1 && magic !== recordMagicV2) return `its magic is 0x${(magic >>> 0).toString(16)}`
  const flags = readInt32(bytes, at + sysFlagAt)
  const bornHostBytes = (flags & sysFlag.BORN_HOST_V6) === 0 ? ipv4HostBytes : ipv4HostBytes + ipv6Extra
  const storeHostBytes = (flags & sysFlag.STORE_HOST_V6) === 0 ? ipv4HostBytes : ipv4HostBytes + ipv6Extra
  const recordEnd = at + size
  const bodyAt = at + 72 + bornHostBytes + storeHostBytes
  if (bodyAt > recordEnd) return `its size is ${size}, too small for its hosts`
  const bodyBytes = readInt32(bytes, bodyAt - 4)
  const topicLengthAt = bodyAt + bodyBytes
  const topicAt = topicLengthAt + (magic === recordMagicV1 ? 1 : 2)
  if (bodyBytes < 0 || topicAt > recordEnd) return `its body length is ${bodyBytes}`
  const topicBytes = magic === recordMagicV1 ? (bytes[topicLengthAt]! << 24) >> 24 : readInt16(bytes, topicLengthAt)
  const propertiesAt = topicAt + topicBytes + 2
  if (topicBytes < 0 || propertiesAt > recordEnd) return `its topic length is ${topicBytes}`
  const propertiesBytes = readInt16(bytes, propertiesAt - 2)
  if (propertiesAt + propertiesBytes !== recordEnd) return `its parts do not make up its size, ${size}`
  return { kind: 'record', size, bornHostBytes, storeHostBytes, bodyAt, bodyBytes, topicAt, propertiesAt }
}
