import { crc32 } from 'node:zlib'
import type { Address } from '@cometmq/platform'
import { writeInt32 } from './int64.ts'
import { ipv4Bytes, writeIp } from './ip.ts'
import { maxTopicBytesV1, minRecordBytes, type Placement, recordMagicV1 } from './record.ts'
import { sysFlag } from './sys-flag.ts'

/**
 * A message whose parts are bytes already, so that its record is written without making anything. Its topic is ASCII and not longer than 127.
 * Whoever has one may use it again for the next message.
 */
export interface PlainMessage {
  topic: string
  /** The same as bytes. */
  topicBytes: Buffer
  queueId: number
  flag: number
  sysFlag: number
  bornTimestamp: number
  /** Address and port as a record has them: see `hostBytes`. */
  bornHost: Buffer
  reconsumeTimes: number
  /** Of the record that it was before; 0 for a new one. */
  preparedTransactionOffset: number
  body: Buffer
  /** The first `propertiesLength` bytes of it. */
  properties: Buffer
  propertiesLength: number
}

const ipv4HostBytes = ipv4Bytes + 4
const maxHostBytes = 20

/** Address and port of a host as a record has them; `undefined` when the host is no IP address. */
export function hostBytes({ host, port }: Address): Buffer | undefined {
  const bytes = Buffer.alloc(maxHostBytes)
  const size = writeIp(bytes, 0, host)
  if (size === undefined) return undefined
  writeInt32(bytes, size, port)
  return bytes.subarray(0, size + 4)
}

/** `recordSize` of a plain message. */
export function plainRecordSize(message: PlainMessage, storeHost: Buffer): number {
  const { bornHost, body, topic, propertiesLength } = message
  const hosts = bornHost.length + storeHost.length - 2 * ipv4HostBytes
  return minRecordBytes + hosts + body.length + topic.length + propertiesLength
}

/** Whether a topic fits a plain message. */
export const isPlainTopic = (topic: string): boolean => topic.length <= maxTopicBytesV1

/** Memory that records are encoded into: its bytes, and a view of the very same. */
export interface RecordMemory {
  readonly bytes: Buffer
  readonly view: DataView
}

/** Two halves of an int64; see `writeInt64`. */
const high = 0x1_0000_0000

/**
 * `encodeRecord` for a plain message: the same bytes. `storeHost` stands for that of `placement`. Integers go through the view, which is one instruction for each
 * where `writeInt32` is four and a check, and no call, which would make an object of a large number.
 */
export function encodePlainRecord(
  { bytes: into, view }: RecordMemory,
  at: number,
  message: PlainMessage,
  placement: Placement,
  storeHost: Buffer,
): number {
  const { body, bornHost, topicBytes, propertiesLength } = message
  const { queueOffset, physicalOffset, storeTimestamp } = placement
  const { bornTimestamp, preparedTransactionOffset } = message
  const bodyBytes = body.length
  view.setInt32(at + 4, recordMagicV1)
  view.setInt32(at + 8, bodyBytes === 0 ? 0 : crc32(body) & 0x7fff_ffff)
  view.setInt32(at + 12, message.queueId)
  view.setInt32(at + 16, message.flag)
  view.setUint32(at + 20, Math.floor(queueOffset / high))
  view.setUint32(at + 24, queueOffset)
  view.setUint32(at + 28, Math.floor(physicalOffset / high))
  view.setUint32(at + 32, physicalOffset)
  view.setInt32(at + 36, flagsWithHosts(message.sysFlag, bornHost, storeHost))
  view.setUint32(at + 40, Math.floor(bornTimestamp / high))
  view.setUint32(at + 44, bornTimestamp)
  let next = copy(into, at + 48, bornHost, bornHost.length)
  view.setUint32(next, Math.floor(storeTimestamp / high))
  view.setUint32(next + 4, storeTimestamp)
  next = copy(into, next + 8, storeHost, storeHost.length)
  view.setInt32(next, message.reconsumeTimes)
  view.setUint32(next + 4, Math.floor(preparedTransactionOffset / high))
  view.setUint32(next + 8, preparedTransactionOffset)
  view.setInt32(next + 12, bodyBytes)
  into.set(body, next + 16)
  next += 16 + bodyBytes
  into[next] = topicBytes.length
  next = copy(into, next + 1, topicBytes, topicBytes.length)
  view.setInt16(next, propertiesLength)
  if (propertiesLength <= maxLoopedBytes) copy(into, next + 2, message.properties, propertiesLength)
  else message.properties.copy(into, next + 2, 0, propertiesLength)
  const size = next + 2 + propertiesLength - at
  view.setInt32(at, size)
  return size
}

function flagsWithHosts(flags: number, bornHost: Buffer, storeHost: Buffer): number {
  const others = flags & ~(sysFlag.BORN_HOST_V6 | sysFlag.STORE_HOST_V6)
  return (
    others |
    (bornHost.length === ipv4HostBytes ? 0 : sysFlag.BORN_HOST_V6) |
    (storeHost.length === ipv4HostBytes ? 0 : sysFlag.STORE_HOST_V6)
  )
}

/** Up to so many bytes a loop costs less than a call. */
const maxLoopedBytes = 32

function copy(into: Buffer, at: number, bytes: Buffer, length: number): number {
  for (let i = 0; i < length; i++) into[at + i] = bytes[i]!
  return at + length
}
