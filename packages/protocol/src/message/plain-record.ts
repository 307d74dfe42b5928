import { crc32 } from 'node:zlib'
import type { Address } from '@cometmq/platform'
import { writeInt16, writeInt32, writeInt64 } from './int64.ts'
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

/** `encodeRecord` for a plain message: the same bytes. `storeHost` stands for that of `placement`. */
export function encodePlainRecord(
  into: Buffer,
  at: number,
  message: PlainMessage,
  placement: Placement,
  storeHost: Buffer,
): number {
  const { body, bornHost, topicBytes, propertiesLength } = message
  const bodyBytes = body.length
  writeInt32(into, at + 4, recordMagicV1)
  writeInt32(into, at + 8, bodyBytes === 0 ? 0 : crc32(body) & 0x7fff_ffff)
  writeInt32(into, at + 12, message.queueId)
  writeInt32(into, at + 16, message.flag)
  writeInt64(into, at + 20, placement.queueOffset)
  writeInt64(into, at + 28, placement.physicalOffset)
  writeInt32(into, at + 36, flagsWithHosts(message.sysFlag, bornHost, storeHost))
  writeInt64(into, at + 40, message.bornTimestamp)
  let next = copy(into, at + 48, bornHost)
  writeInt64(into, next, placement.storeTimestamp)
  next = copy(into, next + 8, storeHost)
  writeInt32(into, next, message.reconsumeTimes)
  // No transaction.
  writeInt64(into, next + 4, 0)
  writeInt32(into, next + 12, bodyBytes)
  into.set(body, next + 16)
  next += 16 + bodyBytes
  into[next++] = topicBytes.length
  into.set(topicBytes, next)
  next += topicBytes.length
  writeInt16(into, next, propertiesLength)
  message.properties.copy(into, next + 2, 0, propertiesLength)
  const size = next + 2 + propertiesLength - at
  writeInt32(into, at, size)
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

/** A few bytes: a loop costs less than a call. */
function copy(into: Buffer, at: number, bytes: Buffer): number {
  for (let i = 0; i < bytes.length; i++) into[at + i] = bytes[i]!
  return at + bytes.length
}
